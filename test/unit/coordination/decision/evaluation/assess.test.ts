import { expect, test } from "vitest";
import { assess } from "../../../../../coordination/decision/evaluation/assess.ts";
import type { Assessment, Score } from "../../../../../coordination/decision/evaluation/assess.ts";
import { chanceFrom, randomTeams, shuffled } from "../../../../../coordination/decision/evaluation/chance.ts";
import { contestantsFor } from "../../../../../coordination/decision/evaluation/contestants.ts";
import { falsified } from "../../../../../coordination/decision/evaluation/falsify.ts";
import { clusterInterval } from "../../../../../coordination/decision/evaluation/intervals.ts";
import { misled } from "../../../../../coordination/decision/evaluation/mislead.ts";
import { agentsIn, clusterOf } from "../../../../../coordination/decision/evaluation/recorded.ts";
import type { RecordedQuestion } from "../../../../../coordination/decision/evaluation/recorded.ts";
import { brier, calibrationError } from "../../../../../coordination/decision/evaluation/reliability.ts";
import { replayTeam } from "../../../../../coordination/decision/evaluation/replay.ts";
import { recordings } from "./recordings.ts";

const skills = { ann: 92, bob: 62, cem: 60, dot: 58, eve: 55 };
const team = Object.keys(skills);

const scoresOf = (questions: readonly RecordedQuestion[], change: Partial<Assessment> = {}) => {
  const given = {
    questions,
    teams: [team],
    thresholdPpm: 670_000,
    seed: 1,
    resamples: 300,
    liars: 0,
    lieFrom: 0,
  };
  const run = assess({ ...given, ...change });
  for (let turn = run.next(); ; turn = run.next()) if (turn.done === true) return turn.value;
};

const named = (scores: readonly Score[], name: string): Score => {
  const score = scores.find((one) => one.name === name);
  if (score === undefined) throw new Error(`no score of ${name}`);
  return score;
};

test("an expert among novices: trust beats majority, and so does asking the expert alone", () => {
  const scores = scoresOf(recordings(600, skills));
  expect(named(scores, "logodds").overMajority.low).toBeGreaterThan(0.05);
  expect(named(scores, "follow-the-best").overMajority.low).toBeGreaterThan(0.05);
  expect(named(scores, "oracle").accuracy).toBeGreaterThan(named(scores, "logodds").accuracy);
  expect(named(scores, "shuffled labels").accuracy).toBeLessThan(named(scores, "logodds").accuracy);
  expect(named(scores, "logodds").recalibratedError).toBeLessThan(0.06);
});

test("among equals a vote beats the best of them", () => {
  const equals = { ann: 70, bob: 70, cem: 70, dot: 70, eve: 70 };
  expect(named(scoresOf(recordings(600, equals)), "majority").overBest.low).toBeGreaterThan(0.05);
});

test("liars that collude sink majority; who learned that they lie does not follow them", () => {
  const able = { ann: 85, bob: 85, cem: 85, dot: 85, eve: 85 };
  const scores = scoresOf(recordings(600, able), { liars: 2 });
  expect(named(scores, "logodds").overMajority.low).toBeGreaterThan(0.02);
});

test("the same seed gives the same bytes, another seed other intervals", () => {
  const questions = recordings(120, skills);
  expect(JSON.stringify(scoresOf(questions))).toBe(JSON.stringify(scoresOf(questions)));
  expect(JSON.stringify(scoresOf(questions, { seed: 2 }))).not.toBe(JSON.stringify(scoresOf(questions)));
});

test("no verdict knows the answer to its own question or to a later one", () => {
  const questions = recordings(80, skills);
  const flipped = questions.map((question, at) =>
    at < 40 ? question : { ...question, gold: question.gold === "yes" ? "no" : "yes" },
  );
  const track = (given: readonly RecordedQuestion[]) =>
    replayTeam(
      { questions: given, falseGolds: given.map(({ gold }) => gold), team, thresholdPpm: 670_000 },
      contestantsFor(given).filter(({ name }) => name !== "oracle"),
    );
  const seenUpTo = (at: number, values: Float64Array) => [...values.slice(0, at + 1)];
  const [plain, other] = [track(questions), track(flipped)];
  for (const [which, { confidence, recalibrated, credit }] of plain.entries()) {
    const after = other[which];
    if (after === undefined) throw new Error("a contestant is missing");
    expect(seenUpTo(40, after.confidence)).toEqual(seenUpTo(40, confidence));
    expect(seenUpTo(40, after.recalibrated)).toEqual(seenUpTo(40, recalibrated));
    expect(after.credit[40]).toBeCloseTo(1 - (credit[40] ?? 0), 9);
    // What was revealed in between is learned.
    expect([...after.recalibrated]).not.toEqual([...recalibrated]);
  }
});

test("questions of one source are one cluster, and widen the interval together", () => {
  expect(clusterOf({ id: "halueval/7_r", domain: "", options: [], gold: "", votes: {} })).toBe("halueval/7");
  const values = Array.from({ length: 400 }, (_, at) => (at % 8 < 4 ? 1 : 0));
  const alone = clusterInterval(
    values,
    values.map((_, at) => `${at}`),
    500,
    chanceFrom(1),
  );
  const tied = clusterInterval(
    values,
    values.map((_, at) => `${at >> 2}`),
    500,
    chanceFrom(1),
  );
  expect(alone.mean).toBe(0.5);
  expect(tied.high - tied.low).toBeGreaterThan(1.5 * (alone.high - alone.low));
});

test("liars vote for the wrong answer that most honest ones gave, from the turn on", () => {
  const question: RecordedQuestion = {
    id: "q",
    domain: "d",
    options: ["a", "b", "c"],
    gold: "a",
    votes: {
      x: { option: "c", confidencePpm: null },
      y: { option: "a", confidencePpm: null },
      z: { option: "a", confidencePpm: null },
    },
  };
  const [before, after] = misled([question, question], ["x", "y", "z"], { liars: ["z"], from: 1 });
  expect(before?.votes["z"]?.option).toBe("a");
  expect(after?.votes["z"]).toEqual({ option: "c", confidencePpm: 1_000_000 });
});

test("falsified answers are the true ones in another order", () => {
  const questions = recordings(100, skills);
  const golds = questions.map(({ gold }) => gold);
  const dealt = falsified(questions, chanceFrom(3));
  expect(dealt.toSorted()).toEqual(golds.toSorted());
  expect(dealt).not.toEqual(golds);
});

test("teams are drawn without repetition, and chance is even", () => {
  const teams = randomTeams(agentsIn(recordings(1, skills)), 50, 3, chanceFrom(1));
  expect(teams.every((members) => new Set(members).size === 3)).toBe(true);
  const firsts = Array.from({ length: 6_000 }, (_, seed) => shuffled([0, 1, 2], chanceFrom(seed))[0]);
  for (const item of [0, 1, 2]) {
    const times = firsts.filter((first) => first === item).length;
    expect(Math.abs(times - 2_000)).toBeLessThan(200);
  }
});

test("scores of a confidence, by hand", () => {
  expect(brier([0.8, 0.6], [1, 0])).toBeCloseTo((0.04 + 0.36) / 2, 12);
  expect(calibrationError([0.85, 0.85, 0.15, 0.15], [1, 0, 0, 0])).toBeCloseTo((0.7 + 0.3) / 4, 12);
});
