import fc from "fast-check";
import { expect, test } from "vitest";
import { readReply } from "../../../../actors/agent/reply.ts";
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
