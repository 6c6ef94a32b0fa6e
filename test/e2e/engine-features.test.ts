import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InferenceReply, InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import { footprintOf } from "../../inference/footprint.ts";
import { llamaEngine, type LlamaEngine } from "../../inference/llama/engine.ts";
import { engineProcess } from "../../inference/llama/engine-process.ts";
import { readGgufHeader } from "../../inference/llama/gguf-header.ts";
import type { LanguageModel } from "../../inference/model.ts";
import { voterBytes } from "../../inference/voters/footprint.ts";
import { driveScheduler } from "../support/drive-scheduler.ts";
import { bundled, engineChild } from "../support/bundled.ts";
import { SPARSE_SHAPES, writeSparseGguf } from "../support/sparse-gguf.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "swarm-features-"));
const file = writeTinyGguf(join(folder, "tiny.gguf"));
const CONTEXT = 512;
const BATCH = 128;
const nowUs = (): number => Math.round(performance.now() * 1000);
const shapeOf = (path: string) => {
  const header = readGgufHeader(path);
  if (header.type !== "gguf") throw new Error(header.message);
  return header.shape;
};
const footprint = footprintOf(shapeOf(file), { context: CONTEXT, batch: BATCH });

let childEntry = "";
let engine: LlamaEngine;
let model: LanguageModel;
const open = (ramCapBytes?: number): LlamaEngine =>
  llamaEngine({
    childEntry,
    processes: 1,
    threads: 1,
    nowUs,
    ...(ramCapBytes === undefined ? {} : { ramCapBytes }),
  });
const tiny = (of: LlamaEngine, path = file, name = "tiny"): LanguageModel =>
  of.model({ type: "gguf", name, file: path, context: CONTEXT, sequences: 2, batch: BATCH });
const request = (extra: Partial<InferenceRequest> = {}): InferenceRequest => ({
  model: "tiny",
  agent: "ada",
  lines: [{ role: "user", content: "hello there" }],
  maxTokens: 40,
  temperature: 0,
  ...extra,
});
const replyOf = (outcome: { readonly type: string }): InferenceReply => {
  if (outcome.type === "reply" && "reply" in outcome) return outcome.reply as InferenceReply;
  throw new Error(JSON.stringify(outcome));
};
const states = (): readonly string[] =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith(`swarm-states-${process.pid}-`))
    .flatMap((name) => readdirSync(join(tmpdir(), name)).map((each) => join(name, each)));

beforeAll(async () => {
  childEntry = await bundled(engineChild, "e2e-features");
  engine = open();
  model = tiny(engine);
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("memory", () => {
  test("a load tells what the model takes, which the header told before; an unload frees it", async () => {
    for (const sequences of [1, 3]) {
      const loaded = await model.residency?.load(sequences, never);
      const expected = footprint.baseBytes + sequences * footprint.sequenceBytes;
      expect(loaded).toEqual({ type: "loaded", bytes: expect.any(Number) });
      if (loaded?.type === "loaded") expect(loaded.bytes / expected).toBeCloseTo(1, 1);
      expect(await model.residency?.load(sequences, never)).toEqual(loaded);
    }
    await model.residency?.unload();
    await model.residency?.unload();
    expect(replyOf(await model.infer(request(), never)).text).not.toBe("");
  });
});

describe("a voter that ships", () => {
  test("takes what is set aside for each copy of it", async () => {
    const path = join(import.meta.dirname, "../../inference/voters/models/generalist.gguf");
    const child = engineProcess({ childEntry, threads: 1 });
    const config = { type: "voter", name: "generalist", file: path, temperatures: {} } as const;
    const made = await child.bringIn({ model: 0, config, signal: never });
    await child.close();
    if (made.type !== "resident") throw new Error(JSON.stringify(made));
    expect(made.bytes / voterBytes(statSync(path).size)).toBeCloseTo(1, 1);
  });
});

describe("a paused request", () => {
  const pausing = () => {
    if (model.pausing === undefined) throw new Error("it cannot pause");
    return model.pausing;
  };

  test("goes on in another load as if nothing had been, and leaves no state behind", async () => {
    const body = request({ maxTokens: 200 });
    const whole = replyOf(await model.infer(body, never));
    const started = pausing().infer({ request: "p1", body, isPaused: false }, never);
    pausing().pause("p1");
    expect(await started).toEqual({ type: "paused" });
    expect(states()).toHaveLength(1);
    await model.residency?.unload();
    await model.residency?.load(3, never);
    const rest = replyOf(await pausing().infer({ request: "p1", body, isPaused: true }, never));
    expect(rest.text).toBe(whole.text);
    expect(rest.usage.outputTokens).toBe(whole.usage.outputTokens);
    expect(states()).toEqual([]);
  });

  test("that chooses among options goes on with those that are left", async () => {
    const body = request({ options: ["yes", "no", "perhaps", "never", "always"] });
    const whole = replyOf(await model.infer(body, never));
    const started = pausing().infer({ request: "p2", body, isPaused: false }, never);
    pausing().pause("p2");
    const first = await started;
    const rest =
      first.type === "paused" ? await pausing().infer({ request: "p2", body, isPaused: true }, never) : first;
    expect(replyOf(rest).choice).toBe(whole.choice);
    expect(replyOf(rest).confidence).toBeCloseTo(whole.confidence ?? -1, 6);
  });

  test("that nobody wants any more is dropped", async () => {
    const body = request({ maxTokens: 200 });
    const started = pausing().infer({ request: "p3", body, isPaused: false }, never);
    pausing().pause("p3");
    expect(await started).toEqual({ type: "paused" });
    pausing().discard("p3");
    await expect.poll(states).toEqual([]);
  });
});

describe("a choice with a reason", () => {
  const options = ["approve", "reject"];
  const reasoned = request({ options, reason: true });

  test("is the choice that it is without, as sure, and the reason is words of the model", async () => {
    const plain = replyOf(await model.infer(request({ options }), never));
    const reply = replyOf(await model.infer(reasoned, never));
    expect(reply).toMatchObject({ choice: plain.choice, text: plain.text });
    expect(reply.confidence).toBeCloseTo(plain.confidence ?? -1, 5);
    expect(plain.reason).toBeUndefined();
    expect(reply.reason).toEqual(expect.stringMatching(/\S/));
    expect(reply.usage.outputTokens).toBeGreaterThan(plain.usage.outputTokens);
    expect(reply.usage.outputTokens).toBeLessThanOrEqual(plain.usage.outputTokens + 40);
  });

  test("goes on after a pause, and leaves the reason out where the context has no room for it", async () => {
    const whole = replyOf(await model.infer(reasoned, never));
    const started = model.pausing?.infer({ request: "p4", body: reasoned, isPaused: false }, never);
    model.pausing?.pause("p4");
    const first = await started;
    const rest =
      first?.type === "paused"
        ? await model.pausing?.infer({ request: "p4", body: reasoned, isPaused: true }, never)
        : first;
    expect(replyOf(rest ?? { type: "" })).toMatchObject({ choice: whole.choice, reason: whole.reason });
    const long = request({ options, reason: true, lines: [{ role: "user", content: "x".repeat(420) }] });
    const squeezed = replyOf(await model.infer(long, never));
    expect(options).toContain(squeezed.choice);
    expect(squeezed.reason).toBeUndefined();
  });
});

describe("settings of a task", () => {
  test("the temperature of a model goes before that of a request", async () => {
    const warm = engine.model({
      type: "gguf",
      name: "warm",
      file,
      context: CONTEXT,
      sequences: 1,
      batch: BATCH,
      temperature: 1.5,
      threads: 2,
    });
    const warmText = replyOf(await warm.infer(request(), never)).text;
    const cold = [await model.infer(request(), never), await model.infer(request(), never)].map(replyOf);
    expect(cold[0]?.text).toBe(cold[1]?.text);
    expect(warmText).not.toBe(cold[0]?.text);
    await warm.close();
  });
});

describe("output", () => {
  test("comes piece by piece, the first before the last", async () => {
    const pieces: string[] = [];
    const reply = replyOf(
      (await model.stream?.(request(), never, (text) => pieces.push(text))) ?? { type: "" },
    );
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join("")).toBe(reply.text);
    expect(reply.firstChunkAtUs).toBeGreaterThanOrEqual(reply.startedAtUs);
    expect(reply.firstChunkAtUs).toBeLessThan(reply.finishedAtUs);
    expect(reply.finishReason).toBe("length");
  });

  test("fits its schema and is handed out as data", async () => {
    const schema = {
      type: "object",
      properties: { verdict: { enum: ["approve", "reject"] }, sure: { type: "boolean" } },
      required: ["verdict", "sure"],
      additionalProperties: false,
    };
    const reply = replyOf(await model.infer(request({ schema, maxTokens: 120 }), never));
    expect(reply.value).toEqual({
      verdict: expect.stringMatching(/^(approve|reject)$/),
      sure: expect.any(Boolean),
    });
  });

  test("that is cut off or that the grammar cannot hold is tried twice, and then is text without data", async () => {
    const schema = {
      type: "object",
      properties: { word: { type: "string", pattern: "^zebra$" } },
      required: ["word"],
    };
    const reply = replyOf(await model.infer(request({ schema, maxTokens: 12 }), never));
    expect(reply.value).toBeUndefined();
    const once = replyOf(await model.infer(request({ maxTokens: 12 }), never));
    expect(reply.usage.promptTokens).toBe(2 * once.usage.promptTokens);
  });

  test("to a schema that is none is refused", async () => {
    expect(await model.infer(request({ schema: { type: "wat" } }), never)).toMatchObject({
      failure: { code: "BAD_REQUEST", message: expect.stringContaining("the schema cannot be used") },
    });
  });
});

describe("under a cap of memory", () => {
  const names = ["a", "b", "c", "d"];
  const one = footprint.baseBytes + 2 * footprint.sequenceBytes;

  test("a model that does not fit is refused before anything is allocated", async () => {
    const capped = open(one / 2);
    expect(await tiny(capped).infer(request(), never)).toMatchObject({
      failure: { code: "OVERLOADED", retryable: true, message: expect.stringContaining("are free") },
    });
    await capped.close();
  });

  test("the scheduler drives several models that do not all fit", async () => {
    // Room for two of four, and never a byte more.
    const cap = Math.ceil(one * 2.3);
    const capped = open(cap);
    const models = Object.fromEntries(
      names.map((name, seed) => [
        name,
        tiny(capped, writeTinyGguf(join(folder, `${name}.gguf`), { seed }), name),
      ]),
    );
    const requests = Array.from({ length: 16 }, (_, index) =>
      request({ model: names[index % names.length] ?? "a", agent: `agent${index % 5}`, maxTokens: 12 }),
    );
    const config = {
      models: Object.fromEntries(
        names.map((name) => [name, { concurrency: 2, agents: 2, footprint, pausable: true }]),
      ),
      budget: {},
      memoryBytes: cap,
      policy: { type: "fair", quantumMs: 50, drainMs: 20, lingerMs: 20 } as const,
    };
    const { answers, effects, peakBytes } = await driveScheduler(config, models, requests);
    for (const [name, answer] of answers) expect([name, answer.type]).toEqual([name, "inference.completed"]);
    expect(answers.size).toBe(16);
    expect(peakBytes).toBeLessThanOrEqual(cap);
    for (const name of names) expect(effects).toContain(`loadModel ${name}`);
    expect(effects.some((effect) => effect.startsWith("evictModel"))).toBe(true);
    await capped.close();
  });
});

describe("models of true dimensions, with holes for weights", () => {
  test.each(["0.5B", "1B", "3B", "8B"] as const)("%s is weighed by its header alone", (size) => {
    const shape = shapeOf(writeSparseGguf(join(folder, `${size}.gguf`), size));
    const { dim, layers, heads, kvHeads, words } = SPARSE_SHAPES[size];
    expect(shape).toMatchObject({ layers, heads, kvHeads, headDim: dim / heads, vocabulary: words });
    expect(shape.kvItemsPerToken * 2).toBe(2 * layers * kvHeads * (dim / heads) * 2);
  });

  test("an 8B is refused under a cap of 4 GiB, without a read of its weights", async () => {
    const capped = open(4 * 1024 ** 3);
    const large = capped.model({
      type: "gguf",
      name: "8B",
      file: join(folder, "8B.gguf"),
      context: 4096,
      sequences: 1,
    });
    expect(await large.residency?.load(1, never)).toMatchObject({
      type: "failure",
      failure: { code: "OVERLOADED", message: expect.stringContaining("it takes 57") },
    });
    await capped.close();
  });
});
