import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { actorId } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import { footprintOf } from "../../inference/footprint.ts";
import { type LlamaEngine, llamaEngine } from "../../inference/llama/engine.ts";
import { readGgufHeader } from "../../inference/llama/gguf-header.ts";
import { inferencePerformers } from "../../inference/performers.ts";
import { schedulerStep } from "../../inference/scheduler.ts";
import type { PolicyConfig, SchedulerConfig } from "../../inference/scheduling/config.ts";
import type { Footprint } from "../../inference/scheduling/memory.ts";
import { usedBytes } from "../../inference/scheduling/memory.ts";
import { emptyScheduler } from "../../inference/scheduling/state.ts";
import { bundled, engineChild } from "../support/bundled.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";

const CONTEXT = 512;
const NAMES = ["m1", "m2", "m3"];
const CALLS = 2;
/** The engine takes so many times what the scheduler is told to expect, which here is less than the header says. */
const MEASURED = 2;
const folder = mkdtempSync(join(tmpdir(), "swarm-memory-"));
let engine: LlamaEngine;
let footprint: Footprint;

beforeAll(async () => {
  const childEntry = await bundled(engineChild, "e2e-scheduler");
  const files = NAMES.map((name, seed) => writeTinyGguf(join(folder, `${name}.gguf`), { seed: seed + 1 }));
  const header = readGgufHeader(files[0] ?? "");
  if (header.type !== "gguf") throw new Error(header.message);
  const { baseBytes, sequenceBytes } = footprintOf(header.shape, { context: CONTEXT, batch: 512 });
  footprint = { baseBytes: baseBytes / MEASURED, sequenceBytes: sequenceBytes / MEASURED };
  const nowUs = (): number => Math.round(performance.now() * 1000);
  engine = llamaEngine({ childEntry, processes: 1, threads: 1, nowUs });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Lets an agent of each model ask several times, each call after the answer to the one before. */
const drive = async (config: SchedulerConfig) => {
  const models = Object.fromEntries(
    NAMES.map((name) => [
      name,
      engine.model({
        type: "gguf",
        name,
        file: join(folder, `${name}.gguf`),
        context: CONTEXT,
        sequences: 1,
      }),
    ]),
  );
  const performers = inferencePerformers({ models });
  const never = new AbortController().signal;
  const step = schedulerStep(config);
  const seen: string[] = [];
  const answers: Message[] = [];
  const timers = new Map<string, NodeJS.Timeout>();
  let state = emptyScheduler(config);
  let peakBytes = 0;
  await new Promise<void>((resolve, reject) => {
    const tell = (message: Message): void => {
      const turn = step(state, message);
      state = turn.state;
      peakBytes = Math.max(peakBytes, usedBytes(state.memory));
      for (const effect of turn.effects) perform(effect);
    };
    const later = (message: Promise<Message>): void => void message.then(tell).catch(reject);
    const ask = (model: string, call: number): void =>
      tell({
        type: "inference.requested",
        request: `${model}:${call}`,
        replyTo: actorId("agent/a/s"),
        body: {
          model,
          agent: model,
          lines: [{ role: "user", content: "hi" }],
          maxTokens: 2,
          temperature: 0,
        },
      });
    const perform = (effect: Effect): void => {
      switch (effect.type) {
        case "loadModel":
        case "evictModel":
          seen.push(`${effect.type} ${effect.model}`);
          return later(performers.changeModel(effect, never));
        case "generate":
        case "restoreSequence":
          return later(performers.generate(effect, never));
        case "startTimer": {
          const { timer, ms } = effect;
          return void timers.set(
            timer,
            setTimeout(() => tell({ type: "timer.fired", timer }), ms),
          );
        }
        case "cancelTimer":
          return clearTimeout(timers.get(effect.timer));
        case "send": {
          answers.push(effect.body);
          if (answers.length === NAMES.length * CALLS) return resolve();
          const request = "request" in effect.body ? effect.body.request : "";
          const [model = "", call] = request.split(":");
          if (Number(call) + 1 < CALLS) ask(model, Number(call) + 1);
          return;
        }
        default:
          // Nothing here is paused, withdrawn or proposed.
          return reject(new Error(`nobody asked for ${effect.type}`));
      }
    };
    for (const name of NAMES) ask(name, 0);
  });
  for (const timer of timers.values()) clearTimeout(timer);
  for (const model of Object.values(models)) await model.close();
  return { seen, answers, peakBytes, state };
};

/** One of the models fits, two do not. */
const configFor = (policy: PolicyConfig): SchedulerConfig => ({
  models: Object.fromEntries(NAMES.map((name) => [name, { concurrency: 2, agents: 1, footprint }])),
  budget: {},
  memoryBytes: Math.floor(1.5 * MEASURED * (footprint.baseBytes + 2 * footprint.sequenceBytes)),
  policy,
});

describe("the scheduler with the real engine", () => {
  test("reserves an estimate, measures, unloads what is over and comes back with what it has learned", async () => {
    const config = configFor({ type: "fair", quantumMs: 20, drainMs: 5, lingerMs: 1, gatherMs: 1 });
    const { seen, answers, peakBytes, state } = await drive(config);
    expect(answers.map(({ type }) => type)).toEqual(answers.map(() => "inference.completed"));
    expect(answers).toHaveLength(NAMES.length * CALLS);
    expect(seen.filter((each) => each.startsWith("evictModel")).length).toBeGreaterThanOrEqual(2);
    expect(peakBytes).toBeLessThanOrEqual(config.memoryBytes ?? 0);
    for (const ratio of Object.values(state.memory.ratios))
      expect(Math.abs(ratio - MEASURED)).toBeLessThan(0.5);
  });

  test("a policy of the others does it, too", async () => {
    const { seen, answers } = await drive(configFor({ type: "lru" }));
    expect(answers.map(({ type }) => type)).toEqual(answers.map(() => "inference.completed"));
    expect(seen.filter((each) => each.startsWith("evictModel")).length).toBeGreaterThanOrEqual(2);
  });
});
