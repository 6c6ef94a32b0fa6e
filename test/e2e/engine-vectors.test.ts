import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import { footprintOf } from "../../inference/footprint.ts";
import { llamaEngine, type LlamaEngine } from "../../inference/llama/engine.ts";
import { readGgufHeader } from "../../inference/llama/gguf-header.ts";
import type { LanguageModel } from "../../inference/model.ts";
import { holdingOf } from "../../inference/scheduling/memory.ts";
import { driveScheduler } from "../support/drive-scheduler.ts";
import { bundled, engineChild } from "../support/bundled.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "swarm-vectors-"));
const CONTEXT = 512;
const BATCH = 128;
const NAMES = ["a", "b"];
const files = new Map(
  NAMES.map((name, seed) => [name, writeTinyGguf(join(folder, `${name}.gguf`), { seed })]),
);
const header = readGgufHeader(files.get("a") ?? "");
if (header.type !== "gguf") throw new Error(header.message);
const { shape } = header;
const plain = footprintOf(shape, { context: CONTEXT, batch: BATCH });
const embedding = footprintOf(shape, { context: CONTEXT, batch: BATCH, embeds: true });
const vectorBytes = embedding.baseBytes - plain.baseBytes;

let childEntry = "";
const engines: LlamaEngine[] = [];
const open = (ramCapBytes?: number): LlamaEngine => {
  const nowUs = (): number => Math.round(performance.now() * 1000);
  const cap = ramCapBytes === undefined ? {} : { ramCapBytes };
  const engine = llamaEngine({ childEntry, processes: 1, threads: 1, nowUs, ...cap });
  engines.push(engine);
  return engine;
};
const model = (of: LlamaEngine, extra: { readonly embeds?: true } = {}, name = "a"): LanguageModel =>
  of.model({
    type: "gguf",
    name,
    file: files.get(name) ?? "",
    context: CONTEXT,
    sequences: 1,
    batch: BATCH,
    ...extra,
  });
const request = (of = "a"): InferenceRequest => ({
  model: of,
  agent: of,
  lines: [{ role: "user", content: "hello there" }],
  maxTokens: 12,
  temperature: 0,
});
const loadedBytes = async (of: LanguageModel): Promise<number> => {
  const loaded = await of.residency?.load(1, never);
  if (loaded?.type !== "loaded") throw new Error(JSON.stringify(loaded));
  return loaded.bytes;
};

beforeAll(async () => {
  childEntry = await bundled(engineChild, "e2e-vectors");
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  rmSync(folder, { recursive: true, force: true });
});

describe("a model that makes vectors of texts", () => {
  test("makes equal ones of equal texts, others of others, of its own width", async () => {
    const made = await model(open(), { embeds: true }).embed?.(["one", "two", "one"], never);
    if (made?.type !== "embedded") throw new Error(JSON.stringify(made));
    const [first, second, third] = made.vectors;
    expect(first).toHaveLength(128);
    expect(third).toEqual(first);
    expect(second).not.toEqual(first);
  });

  test("refuses a text that is longer than its context, and goes on", async () => {
    const embeds = model(open(), { embeds: true });
    expect(await embeds.embed?.(["word ".repeat(CONTEXT)], never)).toMatchObject({
      failure: { code: "BAD_REQUEST" },
    });
    expect(await embeds.embed?.(["word"], never)).toMatchObject({ type: "embedded" });
  });

  test("says so when it is opened: any other has no such call, and takes no memory for it", async () => {
    const engine = open();
    const without = model(engine);
    expect(without.embed).toBeUndefined();
    const bytes = await loadedBytes(model(engine, { embeds: true }));
    expect(bytes / (embedding.baseBytes + embedding.sequenceBytes)).toBeCloseTo(1, 1);
    expect((bytes - (await loadedBytes(without))) / vectorBytes).toBeCloseTo(1, 1);
  });
});

describe("the memory for vectors", () => {
  const one = plain.baseBytes + plain.sequenceBytes;

  test("is refused before anything is allocated where it does not fit", async () => {
    const capped = open(Math.ceil(one + vectorBytes / 2));
    expect(await model(capped, { embeds: true }).embed?.(["one"], never)).toMatchObject({
      failure: { code: "OVERLOADED", message: expect.stringContaining("are free") },
    });
  });

  test.each([
    ["both stay where only their conversations are weighed", {}, plain, false],
    ["they take turns where their vectors are", { embeds: true } as const, embedding, true],
  ])("is in the ledger of the scheduler: %s", async (_, extra, footprint, takeTurns) => {
    // Room for the conversations of two, and for half of what the vectors of one take.
    const memoryBytes = Math.ceil(2.05 * one + vectorBytes / 2);
    const capped = open(memoryBytes);
    const models = Object.fromEntries(NAMES.map((name) => [name, model(capped, extra, name)]));
    const config = {
      models: Object.fromEntries(NAMES.map((name) => [name, { concurrency: 1, agents: 1, footprint }])),
      budget: {},
      memoryBytes,
      policy: { type: "fair", quantumMs: 50, drainMs: 20, lingerMs: 20 } as const,
    };
    const { answers, effects, peakBytes, state } = await driveScheduler(config, models, NAMES.map(request));
    for (const [name, answer] of answers) expect([name, answer.type]).toEqual([name, "inference.completed"]);
    expect(peakBytes).toBeLessThanOrEqual(memoryBytes);
    expect(effects.some((effect) => effect.startsWith("evictModel"))).toBe(takeTurns);
    // What is there makes vectors without a byte more than was granted.
    const [here] = NAMES.filter((name) => holdingOf(state.memory, name)?.phase === "resident");
    const made = await models[here ?? ""]?.embed?.(["one"], never);
    expect(made?.type).toBe(takeTurns ? "embedded" : undefined);
  });
});
