import { statSync } from "node:fs";
import { join } from "node:path";
import type { ModelSpec, RemoteSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { sequenceBytes } from "../../inference/footprint.ts";
import { readGgufHeader } from "../../inference/llama/gguf-header.ts";
import { isReference } from "../../inference/llama/model-reference.ts";
import { findStored } from "../../inference/llama/model-store.ts";
import { VOTER_CONTEXT, voterShape } from "../../inference/voters/footprint.ts";
import { shippedVoters, type ShippedVoter } from "../../inference/voters/manifest.ts";
import { secretNames } from "../task/secrets.ts";

/** What is known of one model without loading it. Sizes in bytes; what is not known is `null`. */
export type ModelSize = {
  readonly model: string;
  readonly provider: ModelSpec["provider"];
  /** The voter's name, or the path of the file. */
  readonly source: string | null;
  readonly fileBytes: number | null;
  readonly parameters: number | null;
  /** Memory for the context of one conversation. */
  readonly contextBytes: number | null;
  /** What a person should know before the run. */
  readonly note: string | null;
};

/** Where the models that ship lie, inside the folder that swarm is installed in. */
export const voterFolder = (root: string): string => join(root, "inference", "voters", "models");

/** `downloads`: where models are that were downloaded. */
export const modelSizes = (
  models: RunPlan["models"],
  root: string,
  downloads: string,
): readonly ModelSize[] =>
  Object.entries(models).map(([model, spec]) => sizeOf(model, spec, root, downloads));

const sizeOf = (model: string, spec: ModelSpec, root: string, downloads: string): ModelSize => {
  const unknown = {
    model,
    provider: spec.provider,
    source: null,
    fileBytes: null,
    parameters: null,
    contextBytes: null,
  };
  switch (spec.provider) {
    case "voter": {
      const shipped = shippedVoter(spec.voter, root);
      const labelsOnly = "labels a line; does not write text";
      if (shipped === undefined)
        return {
          ...unknown,
          source: spec.voter,
          note: `${labelsOnly}; its file is not installed, see \`swarm doctor\``,
        };
      const { bytes, params } = shipped;
      return {
        ...unknown,
        source: spec.voter,
        fileBytes: bytes,
        parameters: params,
        contextBytes: sequenceBytes(voterShape(bytes), VOTER_CONTEXT.context),
        note: labelsOnly,
      };
    }
    case "llama": {
      const file = isReference(spec.file) ? findStored(spec.file, downloads)?.file : spec.file;
      const source = spec.file;
      if (file === undefined)
        return { ...unknown, source, note: "is not downloaded yet; the run does it first" };
      const fileBytes = fileSize(file);
      if (fileBytes === null)
        return { ...unknown, source, note: "this file cannot be read; the run would stop with exit 8" };
      const header = readGgufHeader(file);
      if (header.type !== "gguf") return { ...unknown, source, fileBytes, note: header.message };
      const { shape } = header;
      return {
        ...unknown,
        source,
        fileBytes,
        parameters: shape.parameters,
        contextBytes: sequenceBytes(shape, spec.context),
        note: `${shape.quantization}, ${spec.context} tokens of context`,
      };
    }
    case "openai-compatible":
      return { ...unknown, source: `${spec.baseUrl} ${spec.model}`, note: remoteNote(spec) };
    case "scripted":
      return {
        ...unknown,
        note: `${spec.replies.length} canned ${spec.replies.length === 1 ? "reply" : "replies"}; no model is loaded`,
      };
  }
};

const remoteNote = ({ baseUrl, model, price, apiKey, confidence, samples }: RemoteSpec): string => {
  const cost =
    price === undefined
      ? "costs nothing"
      : price === null
        ? "price not known"
        : `${price.inputPicoUsd / 1e6} USD in, ${price.outputPicoUsd / 1e6} out for a million tokens`;
  const key = apiKey === undefined ? "no key" : `key in ${secretNames(apiKey).join(", ")}`;
  return `${model} at ${baseUrl}; ${key}; ${cost}; confidence ${confidence}${samples === undefined ? "" : `, ${samples} calls a choice`}`;
};

/** A voter that ships, if the installation in `root` has it. */
export const shippedVoter = (name: string, root: string): ShippedVoter | undefined => {
  try {
    return shippedVoters(voterFolder(root)).voters.find((voter) => voter.name === name);
  } catch {
    // An incomplete installation is for `doctor` to tell.
    return undefined;
  }
};

const fileSize = (file: string): number | null => {
  try {
    const found = statSync(file);
    return found.isFile() ? found.size : null;
  } catch {
    return null;
  }
};

/** `868 KiB`, `4.3 GiB`. */
export const sizeWords = (bytes: number | null): string => {
  if (bytes === null) return "?";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ""}`;
};
