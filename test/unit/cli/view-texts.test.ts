import { expect, test } from "vitest";
import { liveView, plainView, type View } from "../../../cli/view/live-view.ts";
import type { Outcome } from "../../../coordination/protocol/decision-messages.ts";
import type { RunEvent } from "../../../observability/events.ts";
import type { Output } from "../../../cli/output.ts";
import { listeningContext } from "./listening-context.ts";

/** Turns a line around, and is not seen. */
const odd = "y\u202E\u200B\nno";
const shown = "y\\u202e\\u200b no";

const atUs = 0;
const ballot = { type: "ballot.cast", atUs, round: 0, voter: "ann", confidence: 0.9 } as const;
const outcome: Outcome = {
  decision: "vote",
  settled: true,
  option: odd,
  confidencePpm: 900_000,
  sharePpm: 1_000_000,
  term: 1,
  index: 1,
  leader: 1,
  ballots: [],
  tally: [],
};

const events: readonly RunEvent[] = [
  { ...ballot, decision: "vote", option: odd, reason: null },
  { ...ballot, decision: "vote", option: null, reason: odd },
  { type: "decision.settled", atUs, outcome },
  { type: "decision.ruled", atUs, decision: "vote", option: odd, reason: odd },
  { type: "step.completed", atUs, step: "say", output: odd, confidence: null },
];

const linesOf = (viewOn: (output: Output) => View): readonly string[] => {
  const { context, said } = listeningContext("/tmp");
  let live: readonly string[] = [];
  const view = viewOn({ ...context.output, live: (lines) => void (live = lines) });
  for (const event of events) view.event(event);
  return [...said.notes, ...live].filter((line) => line.includes("y\\u202e") || line.includes("y\u202E"));
};

test.each([
  ["lines", plainView],
  ["a terminal", liveView],
] as const)("options and replies are spelt out in %s, each on a line of its own", (_, viewOn) => {
  const lines = linesOf(viewOn);
  expect(lines).toHaveLength(events.length);
  for (const line of lines) {
    expect(line).toContain(shown);
    expect(line).not.toMatch(/[\u202E\u200B\n]/);
  }
});
