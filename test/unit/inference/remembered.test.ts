import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type {
  ChatLine,
  InferenceReply,
  InferenceRequested,
} from "../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import { estimatedTokens, utf8Bytes } from "../../../inference/budget.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { MOST_REMEMBERED_BYTES } from "../../../inference/scheduling/remembered.ts";
import { emptyScheduler, type SchedulerState } from "../../../inference/scheduling/state.ts";

const SYSTEM: ChatLine = { role: "system", content: "You are an operator." };

const ask = (request: string, agent: string, prompt: string): InferenceRequested => ({
  type: "inference.requested",
  request,
  replyTo: actorId(`agent/${agent}/${request}`),
  body: {
    model: "m",
    agent,
    lines: [SYSTEM, { role: "user", content: prompt }],
    maxTokens: 50,
    temperature: 0,
  },
});

const reply = (text: string, reason?: string): InferenceReply => ({
  text,
  ...(reason === undefined ? {} : { reason }),
  usage: { promptTokens: 1, outputTokens: 1 },
  model: "m",
  startedAtUs: 0,
  finishedAtUs: 0,
});

const done = (request: string, text: string, reason?: string): Message => ({
  type: "inference.completed",
  request,
  reply: reply(text, reason),
});

const configOf = (recallTokens: Readonly<Record<string, number>>): SchedulerConfig => ({
  models: { m: { concurrency: 4 } },
  budget: {},
  recallTokens,
});

/** Whose step it was, what was asked, what was answered. */
type Step = readonly [agent: string, prompt: string, answer: string];

/** Plays steps one after the other, and returns what the engine was asked for the last of them. */
const play = (
  config: SchedulerConfig,
  steps: readonly Step[],
  between: (state: SchedulerState) => SchedulerState = (state) => state,
) => {
  const step = schedulerStep(config);
  let state = emptyScheduler(config);
  let lines: readonly ChatLine[] = [];
  for (const [index, [agent, prompt, answer]] of steps.entries()) {
    const asked = step(between(state), ask(`r${index}`, agent, prompt));
    lines = asked.effects.flatMap((effect) => (effect.type === "generate" ? effect.body.lines : []));
    state = step(asked.state, done(`r${index}`, answer)).state;
  }
  return { lines, state };
};

const filler = (of: number): readonly Step[] =>
  Array.from({ length: of }, (_, index): Step => [
    "ada",
    `Look at line ${index} of the log of node ${index * 7}. It says that all is well there.`,
    `Line ${index} is harmless.`,
  ]);
const QUESTION: Step = ["ada", "What is the port of billing?", ""];
const text = (lines: readonly ChatLine[]): string => lines.map(({ content }) => content).join("\n");

describe("an agent that recalls", () => {
  test("is told a few earlier steps as they were, before the question", () => {
    const { lines } = play(configOf({ ada: 500 }), [
      ["ada", "Look at a.", "It is fine."],
      ["ada", "Look at b.", "It is not."],
      QUESTION,
    ]);
    expect(lines).toEqual([
      SYSTEM,
      { role: "user", content: "Look at a." },
      { role: "assistant", content: "It is fine." },
      { role: "user", content: "Look at b." },
      { role: "assistant", content: "It is not." },
      { role: "user", content: QUESTION[1] },
    ]);
  });

  test("finds the latest value of a fact after many steps, in the tokens that it has", () => {
    const first: Step = ["ada", "Read the plan.", "The port of billing is 8080. The owner of search is Lin."];
    const second: Step = ["ada", "Read the change.", "We moved the port of billing from 8080 to 9090."];
    const { lines } = play(configOf({ ada: 200 }), [
      first,
      ...filler(60),
      second,
      ...filler(120).slice(60),
      QUESTION,
    ]);
    expect(text(lines)).toContain("port of billing: 9090");
    expect(text(lines)).not.toContain("8080");
  });

  test("finds what is no fact in a usual form, since it has to do with the question", () => {
    const first: Step = ["ada", "Who is on call?", "Dana runs checkout this week."];
    const { lines } = play(configOf({ ada: 200 }), [
      first,
      ...filler(60),
      ["ada", "Ask whoever runs checkout.", ""],
    ]);
    expect(text(lines)).toContain("Dana runs checkout this week.");
  });

  test("is told why it answered so, and not what it is asked again", () => {
    const config = configOf({ ada: 500 });
    const step = schedulerStep(config);
    const asked = step(emptyScheduler(config), ask("r0", "ada", "Merge?"));
    const { state } = step(asked.state, done("r0", "approve", "All is green."));
    const linesOf = (prompt: string): readonly ChatLine[] =>
      step(state, ask("r1", "ada", prompt)).effects.flatMap((effect) =>
        effect.type === "generate" ? effect.body.lines : [],
      );
    expect(linesOf("And now?").slice(1, -1)).toEqual([
      { role: "user", content: "Merge?" },
      { role: "assistant", content: "approve\nAll is green." },
    ]);
    expect(linesOf("Merge?")).toEqual([SYSTEM, { role: "user", content: "Merge?" }]);
  });

  test("is told them as they were as long as its tokens last", () => {
    // A token each and four about it, besides the question.
    const steps: readonly Step[] = [["ada", "Look", "Fine"], QUESTION];
    const recalled = (tokens: number) => play(configOf({ ada: tokens }), steps).lines.slice(1, -1);
    expect(recalled(10)).toEqual([
      { role: "user", content: "Look" },
      { role: "assistant", content: "Fine" },
    ]);
    expect(recalled(9)).not.toEqual(recalled(10));
  });

  test.each([
    [MOST_REMEMBERED_BYTES, 1],
    [MOST_REMEMBERED_BYTES + 1, 0],
  ])("keeps %i bytes: %i steps", (bytes, kept) => {
    const { state } = play(configOf({ ada: 10 }), [["ada", "Look", "x".repeat(bytes - 4)]]);
    expect(state.remembered?.["ada"]).toHaveLength(kept);
  });

  test("forgets an answer that was of no use once it is asked again", () => {
    const { lines } = play(configOf({ ada: 500 }), [
      ["ada", "Name the port.", "erm"],
      ["ada", "Name the port.", "8080"],
      QUESTION,
    ]);
    expect(text(lines)).not.toContain("erm");
    expect(text(lines)).toContain("8080");
  });
});

const story = fc.array(
  fc.tuple(
    fc.constantFrom("ada", "bob", "constructor"),
    fc.lorem({ maxCount: 40 }),
    fc.lorem({ maxCount: 40 }),
  ),
  { minLength: 1, maxLength: 30 },
);

describe("whatever was said", () => {
  test("an agent gets its own words only, in its own tokens; what it is asked now stays as it is", () => {
    const law = fc.property(story, fc.integer({ min: 16, max: 400 }), (steps, tokens) => {
      const own = steps.map(([agent, prompt, answer]): Step => [agent, `${agent} ${prompt}`, answer]);
      const { lines } = play(configOf({ ada: tokens, bob: tokens }), own);
      const [agent = "", prompt = ""] = own.at(-1) ?? [];
      expect([lines[0], lines.at(-1)]).toEqual([SYSTEM, { role: "user", content: prompt }]);
      const recalled = lines.slice(1, -1);
      expect(estimatedTokens(text(recalled))).toBeLessThanOrEqual(tokens);
      if (agent === "constructor") expect(recalled).toEqual([]);
      for (const other of ["ada", "bob", "constructor"])
        if (other !== agent) expect(text(recalled)).not.toContain(`${other} `);
    });
    fc.assert(law, { numRuns: 200 });
  });

  test("a state that went through a snapshot recalls the same", () => {
    const law = fc.property(story, (steps) => {
      const config = configOf({ ada: 100 });
      const packed = play(config, steps, (state) => JSON.parse(JSON.stringify(state)) as SchedulerState);
      expect(packed).toEqual(play(config, steps));
    });
    fc.assert(law, { numRuns: 100 });
  });

  test("the state does not grow without end", () => {
    const long = "word ".repeat(5_000);
    const steps = Array.from({ length: 40 }, (_, index): Step => ["ada", `${index} ${long}`, "yes"]);
    const { state } = play(configOf({ ada: 100 }), steps);
    const kept = state.remembered?.["ada"] ?? [];
    expect(kept.at(-1)?.asked.startsWith("39 ")).toBe(true);
    expect(utf8Bytes(JSON.stringify(kept))).toBeLessThan(MOST_REMEMBERED_BYTES * 1.1);
  });

  test("an agent that does not recall leaves nothing in the state", () => {
    const { state, lines } = play(configOf({}), [...filler(3), QUESTION]);
    expect(state.remembered).toBeUndefined();
    expect(lines).toEqual([SYSTEM, { role: "user", content: QUESTION[1] }]);
  });
});
