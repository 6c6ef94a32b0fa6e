import fc from "fast-check";
import { expect, test } from "vitest";
import { preferences, readReply } from "../../../../actors/agent/reply.ts";
import { rememberComplaint, transcriptLines } from "../../../../actors/agent/transcript.ts";
import { readAnswer } from "../../../../inference/remote/read-answer.ts";

const said = { usage: { promptTokens: 1, outputTokens: 1 }, model: "m", startedAtUs: 0, finishedAtUs: 1 };

test("who says an option to the letter chooses it, however much another one is like it", () => {
  const option = fc.string({
    unit: fc.constantFrom("a", "A", "b", ".", "!", "'", "*", " "),
    minLength: 1,
    maxLength: 4,
  });
  const options = fc.uniqueArray(
    option.filter((text) => text === text.trim()),
    { minLength: 2, maxLength: 6 },
  );
  fc.assert(
    fc.property(options, fc.constantFrom("", " ", "\n"), (offered, around) => {
      for (const each of offered) {
        const text = `${around}${each}${around}`;
        expect(readReply({ ...said, text }, offered)).toMatchObject({ type: "usable", choice: each });
        const answer = { text, toolCalls: [], finishReason: "stop", logprobs: [] } as const;
        expect(readAnswer(answer, { options: offered }, { confidence: "sampled" }).choice).toBe(each);
      }
    }),
  );
});

test("a voter approves of what it finds likelier than chance, and ranks by how likely it finds it", () => {
  const options = ["a", "b", "c", "d"];
  const chances = { a: 0.4, b: 0.25, c: 0.26, d: 0.09 };
  expect(preferences("approval", "a", options, chances)).toEqual({ approved: ["a", "c"] });
  expect(preferences("ranking", "a", options, chances)).toEqual({ ranking: ["a", "c", "b", "d"] });
});

test("of what was complained about the newest is remembered", () => {
  const texts = Array.from({ length: transcriptLines }, (_, at) => `reply ${at}`);
  const lines = texts.reduce<Parameters<typeof rememberComplaint>[0]>(
    (transcript, text) => rememberComplaint(transcript, text, "no"),
    [],
  );
  const replies = lines.flatMap(({ role, content }) => (role === "assistant" ? [content] : []));
  expect(replies).toEqual(texts.slice(-transcriptLines / 2));
});
