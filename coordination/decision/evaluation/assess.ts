import type { Tier } from "../../protocol/decision-messages.ts";
import { chanceFrom } from "./chance.ts";
import { contestantsFor } from "./contestants.ts";
import type { Contestant } from "./contestants.ts";
import { falsified } from "./falsify.ts";
import { clusterInterval } from "./intervals.ts";
import type { Interval } from "./intervals.ts";
import { misled } from "./mislead.ts";
import { brier, calibrationError } from "./reliability.ts";
import { clusterOf } from "./recorded.ts";
import type { RecordedQuestion } from "./recorded.ts";
import { replayTeam } from "./replay.ts";
import type { Track } from "./replay.ts";

export type Assessment = {
  readonly questions: readonly RecordedQuestion[];
  /** Assessed together: every number is the mean over them. */
  readonly teams: readonly (readonly string[])[];
  readonly thresholdPpm: number;
  readonly seed: number;
  readonly resamples: number;
  /** So many of each team's last members lie, from the given question on. */
  readonly liars: number;
  readonly lieFrom: number;
};

/** How one rule or baseline did. All are parts of one but the intervals' bounds, which may be negative. */
export type Score = {
  readonly name: string;
  readonly accuracy: number;
  /** Difference in accuracy to the two rivals, with its interval. */
  readonly overMajority: Interval;
  readonly overBest: Interval;
  /** Absent for what has no gates. */
  readonly tiers?: Readonly<Record<Tier, TierScore>>;
  readonly brier: number;
  readonly error: number;
  /** The same of the confidence recalibrated by its own record. */
  readonly recalibratedBrier: number;
  readonly recalibratedError: number;
};

/** `accuracy`: of what settled; `null` if nothing did. */
export type TierScore = { readonly settled: number; readonly accuracy: number | null };

/** Replays the questions for each team and compares. Yields how many teams are done, and returns the scores. */
export function* assess(given: Assessment): Generator<number, readonly Score[]> {
  const { questions, teams, seed } = given;
  const contestants = contestantsFor(questions);
  const falseGolds = falsified(questions, chanceFrom(seed));
  const passes: (readonly Track[])[] = [];
  for (const team of teams) {
    const liars = team.slice(team.length - given.liars);
    const seen = liars.length === 0 ? questions : misled(questions, team, { liars, from: given.lieFrom });
    passes.push(
      replayTeam({ questions: seen, falseGolds, team, thresholdPpm: given.thresholdPpm }, contestants),
    );
    yield passes.length;
  }
  const tracksOf = (name: string) =>
    passes.flatMap((tracks) => tracks.filter((track) => track.name === name));
  const majority = meanCredit(tracksOf("majority"), questions.length);
  const best = meanCredit(tracksOf("follow-the-best"), questions.length);
  const clusters = questions.map(clusterOf);
  return contestants.map((contestant) => {
    const tracks = tracksOf(contestant.name);
    const mine = meanCredit(tracks, questions.length);
    const over = (rival: Float64Array) =>
      clusterInterval(
        mine.map((credit, at) => credit - (rival[at] ?? 0)),
        clusters,
        given.resamples,
        chanceFrom(seed),
      );
    return scoreOf(contestant, tracks, { overMajority: over(majority), overBest: over(best) });
  });
}

const scoreOf = (
  { name, rule }: Contestant,
  tracks: readonly Track[],
  rivals: Pick<Score, "overMajority" | "overBest">,
): Score => {
  const mean = (of: (track: Track) => number) => meanOf(tracks.map(of));
  const tier = (which: Tier): TierScore => {
    const settled = mean((track) => meanOf(track.settled[which]));
    const right = mean((track) =>
      meanOf(track.credit.map((credit, at) => credit * (track.settled[which][at] ?? 0))),
    );
    return { settled, accuracy: settled === 0 ? null : right / settled };
  };
  return {
    name,
    accuracy: mean(({ credit }) => meanOf(credit)),
    ...rivals,
    ...(rule === undefined
      ? {}
      : { tiers: { routine: tier("routine"), standard: tier("standard"), critical: tier("critical") } }),
    brier: mean(({ confidence, credit }) => brier(confidence, credit)),
    error: mean(({ confidence, credit }) => calibrationError(confidence, credit)),
    recalibratedBrier: mean(({ recalibrated, credit }) => brier(recalibrated, credit)),
    recalibratedError: mean(({ recalibrated, credit }) => calibrationError(recalibrated, credit)),
  };
};

/** A question's mean over the teams: teams share the questions, so they are no independent evidence. */
const meanCredit = (tracks: readonly Track[], length: number): Float64Array => {
  const credits = new Float64Array(length);
  for (const { credit } of tracks)
    for (let at = 0; at < length; at += 1)
      credits[at] = (credits[at] ?? 0) + (credit[at] ?? 0) / tracks.length;
  return credits;
};

const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] ?? 0;
  return sum / Math.max(1, values.length);
};
