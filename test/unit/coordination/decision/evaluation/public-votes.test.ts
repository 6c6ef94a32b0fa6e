import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readVotes } from "../../../../../cli/eval/read-votes.ts";
import { assess } from "../../../../../coordination/decision/evaluation/assess.ts";
import { chanceFrom, randomTeams } from "../../../../../coordination/decision/evaluation/chance.ts";
import { agentsIn } from "../../../../../coordination/decision/evaluation/recorded.ts";

/**
 * What is claimed of the rules, held on recorded votes of language models: those of `SWARM_VOTES`, a file in the format
 * of `swarm eval votes`. Skipped without one.
 */
const file = process.env["SWARM_VOTES"] ?? "";

const scoresOf = (size: number, liars: number, lieFrom: number) => {
  const questions = readVotes(readFileSync(file, "utf8"), file);
  const teams = randomTeams(agentsIn(questions), 8, size, chanceFrom(7));
  const run = assess({ questions, teams, thresholdPpm: 670_000, seed: 7, resamples: 500, liars, lieFrom });
  for (let turn = run.next(); ; turn = run.next()) {
    if (turn.done === true) return Object.fromEntries(turn.value.map((score) => [score.name, score]));
  }
};

test.skipIf(file === "")(
  "teams of five: two points over majority, well calibrated, and settled nine times of ten",
  () => {
    const { logodds, majority } = scoresOf(5, 0, 0);
    expect(logodds?.overMajority.mean).toBeGreaterThan(0.02);
    expect(logodds?.overMajority.low).toBeGreaterThan(0);
    expect(logodds?.recalibratedError).toBeLessThan(0.03);
    const [mine, theirs] = [logodds?.tiers?.standard, majority?.tiers?.standard];
    expect(mine?.settled).toBeGreaterThan(0.9);
    expect(mine?.accuracy).toBeGreaterThanOrEqual(theirs?.accuracy ?? 1);
  },
  120_000,
);

test.skipIf(file === "").each([
  ["always", 0],
  ["after an honest half", 1_361],
])(
  "seven agents, of which two collude and lie %s, keep 84 %",
  (_, lieFrom) => {
    expect(scoresOf(7, 2, lieFrom)["logodds"]?.accuracy).toBeGreaterThan(0.84);
  },
  120_000,
);
