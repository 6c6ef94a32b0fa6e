import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InferenceReply, InferenceRequest } from "../../../coordination/protocol/inference-messages.ts";
import type { InferenceOutcome, LanguageModel } from "../../../inference/model.ts";

export type ModelUnderTest = {
  readonly name: string;
  /** Opened once for the whole suite; `end` runs after it. */
  readonly open: () => Promise<{ readonly model: LanguageModel; readonly end: () => Promise<void> }>;
  /** A last line and options that the model can answer; `options` absent: it writes text too. */
  readonly content: string;
  readonly options: readonly string[];
  readonly writesText: boolean;
};

const never = new AbortController().signal;

/** What every `LanguageModel` promises. */
export const languageModelContract = ({ name, open, content, options, writesText }: ModelUnderTest): void => {
  const request = (extra: Partial<InferenceRequest> = {}): InferenceRequest => ({
    model: "m",
    agent: "ada",
    lines: [
      { role: "system", content: "You are a reviewer." },
      { role: "user", content },
    ],
    maxTokens: 8,
    temperature: 0,
    ...extra,
  });

  describe(`${name} keeps the contract of a language model`, () => {
    let model: LanguageModel;
    let end: () => Promise<void>;
    beforeAll(async () => {
      ({ model, end } = await open());
    });
    afterAll(() => end());

    if (writesText)
      test("writes text within maxTokens", async () => {
        const reply = replyOf(await model.infer(request(), never));
        expect(reply.text.length).toBeGreaterThan(0);
        expect(reply.choice).toBeUndefined();
        expect(reply.usage.outputTokens).toBeLessThanOrEqual(8);
      });

    if (writesText)
      test("hands out its text piece by piece where it can, and the same text at the end", async () => {
        const pieces: string[] = [];
        if (model.stream === undefined) return;
        const reply = replyOf(await model.stream(request(), never, (text) => pieces.push(text)));
        expect(pieces.length).toBeGreaterThan(0);
        expect(pieces.join("")).toBe(reply.text);
      });

    test("chooses one of the options, and is as sure of it as its probabilities say", async () => {
      const reply = replyOf(await model.infer(request({ options }), never));
      expect(options).toContain(reply.choice);
      expect(reply.text).toBe(reply.choice);
      if (reply.probabilities !== undefined) {
        expect(Object.keys(reply.probabilities).sort()).toEqual([...options].sort());
        expect(Object.values(reply.probabilities).reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 6);
        expect(reply.confidence).toBe(Math.max(...Object.values(reply.probabilities)));
      }
    });

    test("says what it used and when", async () => {
      const {
        usage,
        startedAtUs,
        finishedAtUs,
        model: answered,
      } = replyOf(await model.infer(request({ options }), never));
      expect(usage.promptTokens).toBeGreaterThan(0);
      expect(Number.isInteger(usage.promptTokens) && Number.isInteger(usage.outputTokens)).toBe(true);
      expect(finishedAtUs).toBeGreaterThanOrEqual(startedAtUs);
      expect(answered).not.toBe("");
    });

    test("answers equal requests equally, also when many overlap", async () => {
      const alone = replyOf(await model.infer(request({ options }), never));
      const many = await Promise.all(
        Array.from({ length: 24 }, () => model.infer(request({ options }), never)),
      );
      expect(many.map((each) => replyOf(each).choice)).toEqual(many.map(() => alone.choice));
    });

    test("a request that was aborted before it came is not answered", async () => {
      expect(await model.infer(request({ options }), AbortSignal.abort())).toMatchObject({
        type: "failure",
        failure: { code: "ABORTED", retryable: false },
      });
    });

    test("an abort in the middle settles the request and harms no other", async () => {
      const controller = new AbortController();
      const aborted = model.infer(request({ options }), controller.signal);
      const other = model.infer(request({ options }), never);
      controller.abort();
      expect(["reply", "failure"]).toContain((await aborted).type);
      replyOf(await other);
    });

    // Last, since it ends the model.
    test("after close it answers nothing, and closing again does nothing", async () => {
      await model.close();
      await model.close();
      expect(await model.infer(request({ options }), never)).toMatchObject({
        type: "failure",
        failure: { code: "ABORTED" },
      });
    });
  });
};

const replyOf = (outcome: InferenceOutcome): InferenceReply => {
  if (outcome.type === "failure") throw new Error(`${outcome.failure.code}: ${outcome.failure.message}`);
  return outcome.reply;
};
