import { describe, expect, test } from "vitest";
import { assess } from "../../../../../coordination/decision/evaluation/assess.ts";
import type { Assessment, Score } from "../../../../../coordination/decision/evaluation/assess.ts";
import { chanceFrom } from "../../../../../coordination/decision/evaluation/chance.ts";
import { contestantsFor } from "../../../../../coordination/decision/evaluation/contestants.ts";
import { falsified } from "../../../../../coordination/decision/evaluation/falsify.ts";
import { clusterInterval } from "../../../../../coordination/decision/evaluation/intervals.ts";
import { misled } from "../../../../../coordination/decision/evaluation/mislead.ts";
import type {
  RecordedQuestion,
  RecordedVote,
} from "../../../../../coordination/decision/evaluation/recorded.ts";
import { calibrationError } from "../../../../../coordination/decision/evaluation/reliability.ts";
import { emptyTrust } from "../../../../../coordination/decision/trust.ts";
import { recordings } from "./recordings.ts";

const voting = (option: string, distribution?: readonly number[]): RecordedVote => ({
  option,
  confidencePpm: 900_000,
  ...(distribution === undefined ? {} : { distribution }),
});

/** Questions whose right answer is `yes`, answered by who is always right, always wrong, and right every other time. */
const questions = Array.from({ length: 40 }, (_, at): RecordedQuestion => ({
  id: `q${at}`,
  domain: "general",
  options: ["no", "yes"],
  gold: "yes",
  votes: { good: voting("yes"), bad: voting("no"), half: voting(at % 2 === 0 ? "yes" : "no") },
}));

const scoresOf = (teams: Assessment["teams"], change: Partial<Assessment> = {}) => {
  const given = { questions, teams, thresholdPpm: 670_000, seed: 1, resamples: 50, liars: 0, lieFrom: 0 };
  const run = assess({ ...given, ...change });
  for (let turn = run.next(); ; turn = run.next())
    if (turn.done === true)
      return (name: string): Score => {
        const score = turn.value.find((each) => each.name === name);
        if (score === undefined) throw new Error(`no score of ${name}`);
        return score;
      };
};

describe("scores", () => {
  test("count a tie as the coin that it would need, and learn nothing from it", () => {
    const { accuracy, recalibratedError } = scoresOf([["good", "bad"]])("majority");
    expect(accuracy).toBe(0.5);
    // As sure as a stranger, 0.6, all the time.
    expect(recalibratedError).toBeCloseTo(0.1, 12);
  });

  test("tell of what settles how much of it is right", () => {
    const { tiers } = scoresOf([["good", "half"]])("majority");
    expect(tiers?.standard).toEqual({ settled: 0.5, accuracy: 1 });
    expect(scoresOf([["good"]])("majority").tiers?.standard).toEqual({ settled: 0, accuracy: null });
  });

  test("of several teams are the means over them, also in the points over the rivals", () => {
    const of = scoresOf([["good"], ["bad"], ["half"]]);
    expect(of("majority").accuracy).toBeCloseTo(0.5, 12);
    expect(of("majority").overMajority.mean).toBe(0);
    const two = scoresOf([
      ["good", "bad", "half"],
      ["good", "bad"],
    ]);
    for (const name of ["oracle", "classwise", "follow-the-best"])
      expect(two(name).overMajority.mean).toBeCloseTo(two(name).accuracy - two("majority").accuracy, 12);
  });

  test("let the last of a team lie", () => {
    expect(scoresOf([["good", "bad"]], { liars: 1 })("oracle").accuracy).toBe(1);
    expect(scoresOf([["bad", "good"]], { liars: 1 })("oracle").accuracy).toBe(0);
    expect(scoresOf([["bad", "good"]], { liars: 1, lieFrom: 20 })("oracle").accuracy).toBe(0.5);
  });
});

test("trust that is learned from answers dealt out at random knows no expert, though real trust does", () => {
  const skills = { ann: 95, bob: 50, cem: 50 };
  const of = scoresOf([Object.keys(skills)], { questions: recordings(400, skills) });
  expect(of("classwise").accuracy).toBeGreaterThan(0.9);
  expect(of("shuffled labels").accuracy).toBeLessThan(0.85);
});

test("answers are dealt out anew only within a domain", () => {
  const domains = ["sec", "code"];
  const given = domains.flatMap((domain) =>
    questions.map((question) => ({ ...question, domain, gold: domain === "sec" ? "yes" : "no" })),
  );
  expect(falsified(given, chanceFrom(3))).toEqual(given.map(({ gold }) => gold));
});

test("liars say what most honest ones fell for, whatever they would have said themselves", () => {
  const question: RecordedQuestion = {
    id: "q",
    domain: "d",
    options: ["a", "b", "c"],
    gold: "a",
    votes: { x: voting("c"), y: voting("b"), z: voting("b") },
  };
  const [seen] = misled([question], ["x", "y", "z"], { liars: ["y", "z"], from: 0 });
  expect(Object.values(seen?.votes ?? {}).map(({ option }) => option)).toEqual(["c", "c", "c"]);
});

test("an interval holds 95 of 100 draws, and its mean is that of the values, not of the clusters", () => {
  const values = Array.from({ length: 400 }, (_, at) => at % 2);
  const names = values.map((_, at) => `${at}`);
  const { low, high } = clusterInterval(values, names, 4_000, chanceFrom(1));
  // 1.96 standard errors on either side, each a half over the root of 400.
  expect(high - low).toBeCloseTo(2 * 1.96 * (0.5 / 20), 2);
  const uneven = clusterInterval([1, 0, 0, 0], ["a", "b", "b", "b"], 10, chanceFrom(1));
  expect(uneven.mean).toBe(0.25);
});

test("who is certain is in the last band with those who almost are", () =>
  expect(calibrationError([1, 1, 0.95], [0, 1, 0])).toBeCloseTo((1 + 0 + 0.95) / 3, 12));

describe("recorded chances make orders and approvals:", () => {
  const leadersOf = (name: string, votes: RecordedQuestion["votes"]) => {
    const question = { id: "q", domain: "d", options: ["w", "x", "y"], gold: "x", votes };
    const contestant = contestantsFor([question]).find((each) => each.name === name);
    const seat = { question, team: Object.keys(votes), thresholdPpm: 670_000 };
    return contestant?.judge({ ...seat, trust: emptyTrust, falseTrust: emptyTrust }).leaders;
  };
  const each = {
    ann: voting("w", [0.5, 0.4, 0.1]),
    bob: voting("x", [0.1, 0.6, 0.3]),
    cem: voting("y", [0.05, 0.35, 0.6]),
  };

  test("the second choice of all wins where each has a first of its own", () => {
    expect(leadersOf("majority", each)).toEqual(["w", "x", "y"]);
    expect(leadersOf("ranked", each)).toEqual(["x"]);
    expect(leadersOf("approval", each)).toEqual(["x"]);
  });

  test("what has no chance is not ranked at all", () =>
    expect(leadersOf("ranked", { ann: voting("w", [1, 0, 0]), bob: voting("y", [0, 0, 1]) })).toEqual([
      "w",
      "y",
    ]));

  test("without chances no rule that needs them takes part", () =>
    expect(leadersOf("approval", { ann: voting("w") })).toBeUndefined());
});
