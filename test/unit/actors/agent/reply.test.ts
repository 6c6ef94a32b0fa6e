import fc from "fast-check";
import { expect, test } from "vitest";
import { longestReason, longestReply, preferences, readReply } from "../../../../actors/agent/reply.ts";
import { sampledReply } from "../../../../actors/agent/sampling.ts";
import {
  rememberComplaint,
  transcriptLineLength,
  transcriptLines,
} from "../../../../actors/agent/transcript.ts";
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

const options = ["yes", "no", "go\non"];

test.each<readonly [string, Partial<Parameters<typeof readReply>[0]>, object]>([
  ["an engine's choice that was not offered is none", { choice: "maybe", text: "no" }, { choice: "no" }],
  ["an option may have several lines", { text: "go\non" }, { choice: "go\non" }],
  ["quotes and a final mark do not count", { text: '"Yes!"' }, { choice: "yes" }],
  [
    "what follows the option is the reason",
    { text: "No.\n Too late. " },
    { choice: "no", reason: "Too late." },
  ],
  ["no confidence is beyond 1", { text: "yes", confidence: 1.2 }, { confidence: 1 }],
  ["nor below 0", { text: "yes", confidence: -0.2 }, { confidence: 0 }],
])("of a reply to a closed question: %s", (_, reply, read) =>
  expect(readReply({ ...said, text: "", ...reply }, options)).toMatchObject({ type: "usable", ...read }),
);

test.each<readonly [string, Partial<Parameters<typeof readReply>[0]>, string]>([
  [
    "words below another option give no reason for the engine's choice",
    { choice: "no", text: "yes\nsure" },
    "reason",
  ],
  ["the lines of the option itself are no reason", { text: "go\non" }, "reason"],
  [
    "a confidence that is no number is none",
    { text: "yes", confidence: Number.POSITIVE_INFINITY },
    "confidence",
  ],
])("of a reply to a closed question: %s", (_, reply, missing) =>
  expect(readReply({ ...said, text: "", ...reply }, options)).not.toHaveProperty(missing),
);

test("of a reply without end a bounded part is kept", () => {
  const endless = "x".repeat(longestReply + 1);
  expect(readReply({ ...said, text: endless }, undefined)).toEqual({
    type: "usable",
    text: endless.slice(0, longestReply),
  });
  expect(readReply({ ...said, text: "yes", reason: endless }, options)).toMatchObject({
    reason: endless.slice(0, longestReason),
  });
  const remembered = rememberComplaint([], endless, endless);
  expect(remembered.map(({ content }) => content.length)).toEqual([
    transcriptLineLength,
    transcriptLineLength,
  ]);
});

test("several replies speak with the words of the first that said what most did, or of the last where none is of use", () => {
  const each = (...texts: readonly string[]) => texts.map((text) => ({ ...said, text }));
  expect(sampledReply(each("no\nlate", "yes\ngreen", "Yes\nsure"), options)).toMatchObject({
    choice: "yes",
    text: "yes\ngreen",
  });
  expect(sampledReply(each("hm", "perhaps"), options)).toMatchObject({ text: "perhaps" });
  expect(sampledReply([], options)).toBeUndefined();
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
