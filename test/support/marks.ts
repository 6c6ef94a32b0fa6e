import type { Mark } from "../../coordination/decision/marks.ts";

/** What a truth says of one answer: that it was right, but for what `more` changes. */
export const markOf = (more: Partial<Mark> = {}): Mark => ({
  run: "r",
  decision: "d",
  agent: "ann",
  model: "m",
  domain: "sec",
  truth: "A",
  conduct: "answered",
  option: "A",
  confidencePpm: 900_000,
  right: true,
  ...more,
});
