import { countText } from "../count-text.ts";
import { printable, table } from "../output.ts";
import { sizeWords } from "../plan/model-sizes.ts";
import type { ModelEntry } from "./catalog.ts";
import type { MemoryTable } from "./inspection.ts";
import type { Verification } from "./verification.ts";

/** The list for people. */
export const listText = (entries: readonly ModelEntry[]): string =>
  rows([
    ["MODEL", "KIND", "FILE SIZE", "PARAMETERS", "QUANTIZATION", "CONTEXT", "NOTE"],
    ...entries.map(({ name, kind, fileBytes, shape, problem }) => [
      name,
      kind,
      fileBytes === null ? "" : sizeWords(fileBytes),
      shape === null ? "" : parameterWords(shape.parameters),
      shape?.quantization ?? "",
      contextWords(shape?.trainedContext ?? null),
      problem ?? "",
    ]),
  ]);

/** One model for people. */
export const inspectionText = (entry: ModelEntry, memory: MemoryTable): string => {
  const { shape } = entry;
  const about =
    shape === null
      ? []
      : [
          ["name", shape.name ?? "?"],
          ["file", entry.file ?? ""],
          ["architecture", shape.architecture],
          ["quantization", shape.quantization],
          ["parameters", parameterWords(shape.parameters)],
          ["layers", String(shape.layers)],
          ["embedding", String(shape.embedding)],
          [
            "heads",
            `${shape.heads}, ${shape.kvHeads} with keys and values of their own, ${shape.headDim} wide`,
          ],
          ["vocabulary", countText(shape.vocabulary)],
          ["trained context", `${contextWords(shape.trainedContext) || "?"} tokens`],
          ...(shape.parts > 1
            ? [["parts", `${shape.parts} files; the weights below are those of this one`]]
            : []),
        ];
  const parts = [
    ["weights", sizeWords(memory.weightBytes)],
    [
      "compute buffer",
      `${sizeWords(memory.computeBytes)} at batch 512, ${sizeWords(memory.computeBytesSmallBatch)} at batch 128, with a context of ${countText(memory.computeContext)}`,
    ],
    ["keys and values", `${sizeWords(memory.kvBytesPerToken)} a token of each conversation`],
  ];
  const contexts = [
    ["CONTEXT", "A CONVERSATION", "MODEL WITH ONE", "AT BATCH 128"],
    ...memory.contexts.map((each) => [
      countText(each.context),
      sizeWords(each.sequenceBytes),
      sizeWords(each.totalBytes),
      sizeWords(each.totalBytesSmallBatch),
    ]),
  ];
  return [rows(about), rows(parts), rows(contexts)].join("\n");
};

/** What was verified, for people. */
export const verificationText = (verified: readonly Verification[]): string =>
  rows(
    verified.map(({ name, ok, found, expected }) => [
      ok ? "ok" : "fail",
      name,
      ok
        ? expected
        : found === null
          ? "the file cannot be read; download it or install swarm again"
          : `${found} instead of ${expected}; delete the file, then download it or install swarm again`,
    ]),
  );

const rows = (cells: readonly (readonly string[])[]): string =>
  `${table(cells.map((row) => row.map((cell) => printable(cell.replace(/\s+/g, " ")))))}\n`;

/** `8.0 B`, `1.2 M`. */
const parameterWords = (parameters: number): string => {
  const units = ["", " K", " M", " B", " T"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, parameters)) / 3));
  const value = parameters / 1000 ** power;
  return power === 0
    ? String(parameters)
    : `${value >= 100 ? Math.round(value) : value.toFixed(1)}${units[power] ?? ""}`;
};

const contextWords = (tokens: number | null): string => (tokens === null ? "" : countText(tokens));
