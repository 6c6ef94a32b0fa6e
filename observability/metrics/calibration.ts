import { boundedNames } from "./bounded-names.ts";
import type { Meter } from "./meter.ts";

/** Takes one graded ballot: what its voter said about being right, from 0 to 1, and whether it was. */
export type Marking = (voter: string, confidence: number, isRight: boolean) => void;

/** Brier scores of voters over all runs of a process: 0 is best, 0.25 is what "one half" always gets. */
export const brierMarks = (meter: Meter): Marking => {
  const named = boundedNames();
  const marks = new Map<string, { readonly squares: number; readonly ballots: number }>();
  return (voter, confidence, isRight) => {
    const role = named(voter);
    const distance = confidence - (isRight ? 1 : 0);
    const { squares, ballots } = marks.get(role) ?? { squares: 0, ballots: 0 };
    const after = { squares: squares + distance * distance, ballots: ballots + 1 };
    marks.set(role, after);
    meter.set("swarm_calibration_brier_ratio", { role }, after.squares / after.ballots);
  };
};
