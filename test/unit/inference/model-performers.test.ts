import { describe, expect, test } from "vitest";
import type { Generate } from "../../../coordination/protocol/effect.ts";
import { failed, type LanguageModel } from "../../../inference/model.ts";
import { inferencePerformers } from "../../../inference/performers.ts";
import { scriptedModel } from "../../../inference/scripted.ts";

const never = new AbortController().signal;
const generate = (model: string): Generate => ({
  type: "generate",
  request: "r1",
  body: { model, agent: "ada", lines: [{ role: "user", content: "hi" }], maxTokens: 8, temperature: 0 },
  grant: { model, sequence: 0, tokens: 80 },
});
const fine = scriptedModel({ name: "fine", replies: [{ text: "hello" }], nowUs: () => 7 });
const throwing: LanguageModel = {
  infer: () => Promise.reject(new Error("boom")),
  close: async () => {},
};
const performers = inferencePerformers({ models: { fine, throwing } });
const perform = (effect: Generate, signal: AbortSignal) => performers.generate(effect, signal);

describe("the performer of generate", () => {
  test("brings the reply under the name of the request", async () => {
    expect(await perform(generate("fine"), never)).toEqual({
      type: "inference.completed",
      request: "r1",
      reply: {
        text: "hello",
        usage: { promptTokens: 1, outputTokens: 2 },
        model: "fine",
        startedAtUs: 7,
        finishedAtUs: 7,
      },
    });
  });

  test.each([
    ["a model that throws all the same", "throwing", "ENGINE_CRASHED", true],
    ["a model that nobody has", "nobody", "MODEL_UNAVAILABLE", false],
    ["a model named like a member of every object", "constructor", "MODEL_UNAVAILABLE", false],
  ])("never rejects: %s is a failure", async (_, model, code, retryable) => {
    expect(await perform(generate(model), never)).toMatchObject({
      type: "inference.failed",
      request: "r1",
      failure: { code, retryable },
    });
  });

  describe("asks a model once more whose engine crashed", () => {
    /** Crashes so many times, and counts how often it is asked. */
    const crashing = (times: number, abort = new AbortController()) => {
      let asked = 0;
      const infer: LanguageModel["infer"] = (request, signal) => {
        asked += 1;
        if (asked > times) return fine.infer(request, signal);
        return Promise.resolve(failed("ENGINE_CRASHED", "gone"));
      };
      const performed = inferencePerformers({ models: { m: { ...fine, infer } } });
      return { answer: performed.generate(generate("m"), abort.signal), asked: () => asked, abort };
    };

    test.each([
      ["which answers", 1, "inference.completed"],
      ["and no more", 2, "inference.failed"],
    ])("%s", async (_, times, type) => {
      const { answer, asked } = crashing(times);
      expect((await answer).type).toBe(type);
      expect(asked()).toBe(2);
    });

    test("but not where nobody wants it any more", async () => {
      const { answer, asked, abort } = crashing(1);
      abort.abort();
      expect(await answer).toMatchObject({ type: "inference.failed", failure: { code: "ENGINE_CRASHED" } });
      expect(asked()).toBe(1);
    });
  });
});

describe("what the engine is told of a call", () => {
  /** A model whose calls stay open until one is paused or ends, and what it was told. */
  const pausable = () => {
    const heard: string[] = [];
    let pause: (outcome: { readonly type: "paused" }) => void = () => undefined;
    const model: LanguageModel = {
      ...fine,
      pausing: {
        infer: ({ request, isPaused, priority }, signal) => {
          heard.push(`${isPaused ? "on" : "begin"} ${request} ${priority}`);
          signal.addEventListener("abort", () => heard.push(`abort ${request}`));
          return new Promise((resolve) => (pause = resolve));
        },
        pause: (request) => {
          heard.push(`pause ${request}`);
          pause({ type: "paused" });
        },
        discard: (request) => heard.push(`discard ${request}`),
      },
    };
    return { heard, performed: inferencePerformers({ models: { m: model } }) };
  };
  const priority = { ...generate("m"), priority: 2 };

  test("that is saved is a pause, and no abort; then it goes on from there", async () => {
    const { heard, performed } = pausable();
    const paused = performed.generate(priority, never);
    performed.tell({ type: "saveSequence", request: "r1" });
    expect(await paused).toEqual({ type: "inference.paused", request: "r1" });
    void performed.generate({ ...generate("m"), type: "restoreSequence" }, never);
    expect(heard).toEqual(["begin r1 2", "pause r1", "on r1 0"]);
  });

  test("that is aborted ends it while it runs; once it is paused, what is kept of it goes", async () => {
    const { heard, performed } = pausable();
    const paused = performed.generate(generate("m"), never);
    performed.tell({ type: "abortGeneration", request: "r1" });
    expect(heard).toEqual(["begin r1 0", "abort r1"]);
    performed.tell({ type: "saveSequence", request: "r1" });
    await paused;
    performed.tell({ type: "abortGeneration", request: "r1" });
    expect(heard.slice(2)).toEqual(["pause r1", "discard r1"]);
  });

  test("that is over is nothing, whatever ends with the run", async () => {
    const { heard, performed } = pausable();
    const run = new AbortController();
    const paused = performed.generate(generate("m"), run.signal);
    performed.tell({ type: "saveSequence", request: "r1" });
    await paused;
    run.abort();
    expect(heard).toEqual(["begin r1 0", "pause r1"]);
  });
});

test.each([
  ["once, where the scheduler does not say more", {}, 1],
  ["as often as the scheduler has paid for", { tries: 3 }, 3],
])("a model may try %s", async (_, more, tries) => {
  const seen: unknown[] = [];
  const infer: LanguageModel["infer"] = (request, signal, call) => {
    seen.push(call?.tries);
    return fine.infer(request, signal);
  };
  const performed = inferencePerformers({ models: { m: { ...fine, infer } } });
  const surroundings = { attempts: 0, recorded: async () => undefined, attempted: () => undefined };
  await performed.generate({ ...generate("m"), ...more }, never, surroundings);
  expect(seen).toEqual([tries]);
});
