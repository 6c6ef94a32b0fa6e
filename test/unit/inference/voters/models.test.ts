import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";
import { expect, test } from "vitest";
import { confidenceBin } from "../../../../inference/voters/confidence-bins.ts";
import { MAX_PRIOR_PER_DOMAIN, shippedVoters } from "../../../../inference/voters/manifest.ts";
import { VoterManifest } from "../../../../inference/voters/manifest-schema.ts";
import {
  LABELS,
  QUESTIONS,
  questionToken,
  readLabels,
  voterPrompt,
} from "../../../../inference/voters/prompt.ts";
import type { Severity } from "../../../../inference/voters/prompt.ts";
import { createTokenizer, vocabularyOf } from "../../../../inference/voters/tokenizer.ts";
import { VOTERS } from "../../../../inference/voters/voters.ts";

const folder = fileURLToPath(new URL("../../../../inference/voters/models/", import.meta.url));
const manifest = shippedVoters(folder);
const { voters } = manifest;

test("the manifest is what its schema says", () => expect(VoterManifest.parse(manifest)).toEqual(manifest));

test("a folder without a manifest is refused in words", () =>
  expect(() => shippedVoters("/nowhere")).toThrow(expect.objectContaining({ code: "NO_MODEL" })));

test("a manifest of another version is refused too", () => {
  const other = mkdtempSync(join(tmpdir(), "swarm-manifest-"));
  writeFileSync(join(other, "manifest.json"), JSON.stringify({ ...manifest, version: 2 }));
  expect(() => shippedVoters(other)).toThrow(expect.objectContaining({ code: "NO_MODEL" }));
  rmSync(other, { recursive: true });
});

test("the temperature of a model flattens what it says", () => {
  expect(readLabels(["a", "b"], [0, 2], 1).confidence).toBeCloseTo(1 / (1 + Math.exp(-2)), 9);
  expect(readLabels(["a", "b"], [0, 2], 2)).toMatchObject({ choice: "b" });
  expect(readLabels(["a", "b"], [0, 2], 2).confidence).toBeCloseTo(1 / (1 + Math.exp(-1)), 9);
});

test("all six ship", () => expect(voters.map(({ name }) => name)).toEqual([...VOTERS]));

test.each(voters)("the file of $name is the one the manifest means", ({ file, bytes, sha256 }) => {
  const content = readFileSync(`${folder}${file}`);
  expect(content.length).toBe(bytes);
  expect(createHash("sha256").update(content).digest("hex")).toBe(sha256);
});

test.each(voters)("the prior of $name is small enough to be overruled", ({ prior }) => {
  for (const question of QUESTIONS) {
    for (const area of LABELS.area) {
      const bins = prior[question][area];
      expect(bins.reduce((sum, { all }) => sum + all, 0)).toBeLessThanOrEqual(MAX_PRIOR_PER_DOMAIN + 0.01);
      for (const { right, all } of bins) expect(right).toBeLessThanOrEqual(all);
    }
  }
});

test.each([
  [0, 0],
  [0.49, 0],
  [0.5, 1],
  [0.8, 3],
  [0.975, 6],
  [1, 6],
])("a confidence of %d is in bin %i", (confidence, bin) => expect(confidenceBin(confidence)).toBe(bin));

const PLAIN: readonly (readonly [string, Severity])[] = [
  ["2024-05-01 10:00:00 Pump started successfully", "info"],
  ["May  1 10:00:00 h1 app[3]: configuration loaded", "info"],
  ["listening on port 8080", "info"],
  ["connection to 10.0.0.1 lost, retrying in 5 s", "warning"],
  ["disk usage above 90%", "warning"],
  ["option foo is deprecated, use bar instead", "warning"],
  ["failed to open file /x/y/z: permission denied", "error"],
  ["unable to connect to database: connection refused", "error"],
  ["could not load module: no such file or directory", "error"],
  ["kernel panic: unrecoverable hardware failure, system halted", "critical"],
  ["uncorrectable memory error, shutting down", "critical"],
  ["data loss: all replicas destroyed", "critical"],
];

test("through the engine: tokens are ours, labels are one token, and plain lines are read right", async () => {
  const llama = await getLlama({
    gpu: false,
    build: "never",
    maxThreads: 1,
    logLevel: LlamaLogLevel.error,
  });
  const voter = voters.find(({ name }) => name === "generalist") ?? voters[0];
  const model = await llama.loadModel({ modelPath: `${folder}${voter?.file ?? ""}`, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: 128,
    sequences: 4,
    threads: 1,
    flashAttention: false,
  });
  try {
    const tokenizer = createTokenizer(vocabularyOf(mergesOf(model.fileInfo.metadata.tokenizer.ggml.tokens)));
    const texts = [
      ...PLAIN.map(([line]) => voterPrompt(line, "severity")),
      voterPrompt("a zyxwqjk Ünïcode", "area"),
      " quixotic jabberwocky",
      "info",
      "xé ☃",
    ];
    for (const text of texts) expect([...tokenizer.encode(text)]).toEqual([...model.tokenize(text)]);
    for (const question of QUESTIONS) {
      expect(model.tokenize(questionToken(question))).toHaveLength(1);
      for (const label of LABELS[question]) expect(model.tokenize(label)).toHaveLength(1);
    }
    const sequence = context.getSequence();
    const labels = LABELS.severity.flatMap((label) => model.tokenize(label));
    let right = 0;
    for (const [line, severity] of PLAIN) {
      await sequence.clearHistory();
      const tokens = [
        ...(model.tokens.bos === null ? [] : [model.tokens.bos]),
        ...model.tokenize(voterPrompt(line, "severity")),
      ];
      const output = await sequence.controlledEvaluate(
        tokens.map((token, at) =>
          at === tokens.length - 1
            ? [token, { generateNext: { logits: { filter: { tokens: labels } } } }]
            : token,
        ),
      );
      const logits = output.at(-1)?.next.logits;
      const { choice } = readLabels(
        LABELS.severity,
        labels.map((label) => logits?.get(label) ?? -Infinity),
        voter?.temperature.severity ?? 1,
      );
      if (choice === severity) right += 1;
    }
    expect(right).toBeGreaterThanOrEqual(PLAIN.length - 2);
  } finally {
    await context.dispose();
    await model.dispose();
    await llama.dispose();
  }
});

/** The merges of a vocabulary are what stands behind its fixed beginning. */
const mergesOf = (tokens: readonly string[]): readonly string[] =>
  tokens.slice(vocabularyOf([]).tokens.length);
