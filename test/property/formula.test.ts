import fc from "fast-check";
import { expect, test } from "vitest";
import { settle } from "../../coordination/decision/settle.ts";
import { countsOf, domainOf } from "../../coordination/decision/trust.ts";
import type { Count } from "../../coordination/decision/trust.ts";
import type { CountedBallot } from "../../coordination/protocol/decision-messages.ts";
import { often } from "../support/deep.ts";
import { domain, model } from "../unit/coordination/decision/builders.ts";
import { aCase, closing, type Case } from "./decision-cases.ts";

// The formulas of docs/decisions.md, written down once more with the functions of the platform and every constant spelt out.

const edges = [0.5, 0.65, 0.75, 0.85, 0.925, 0.975];
const toPpm = (value: number): number => Math.round(1e6 * value);
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const held = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
const odds = (chance: number): number => chance / (1 - chance);

const known = ({ trust }: Case, voter: string) => {
  const counts = countsOf(trust, voter, model);
  const here = domainOf(counts, domain);
  const overall = (counts.right + 4 * 0.6) / (counts.all + 4);
  const ability = (here.right + 8 * overall) / (here.all + 8);
  return { counts, here, ability, newcomer: (counts.all + 2) / (counts.all + 4) };
};

/** The greatest of the least means that reach over a bin: pooling, said without pooling. */
const calibratedAt = (bins: readonly Count[], ability: number, at: number): number => {
  const mean = (from: number, to: number): number => {
    const pooled = bins.slice(from, to + 1);
    const right = sumOf(pooled.map((bin) => bin.right + 8 * ability));
    return right / sumOf(pooled.map((bin) => bin.all + 8));
  };
  const froms = bins.map((_, from) => from).filter((from) => from <= at);
  const tos = bins.map((_, to) => to).filter((to) => to >= at);
  return Math.max(...froms.map((from) => Math.min(...tos.map((to) => mean(from, to)))));
};

const partBeyondChance = (counts: readonly Count[]): number => {
  const answered = counts.filter(({ all }) => all > 0);
  const rate = sumOf(answered.map(({ right }) => right)) / sumOf(answered.map(({ all }) => all));
  const spread = sumOf(
    answered.map(({ right, all }) => (all * (right / all - rate) ** 2) / (rate * (1 - rate))),
  );
  return answered.length < 2 || !(spread > 0) ? 0 : Math.max(0, 1 - (answered.length - 1) / spread);
};

const weightOf = (given: Case, { voter, option, confidencePpm }: CountedBallot) => {
  const { opened } = given;
  const { here, ability, newcomer } = known(given, voter);
  const team = opened.electorate.map(({ agent }) => known(given, agent));
  const stated = confidencePpm === null ? 0.5 : held(confidencePpm / 1e6, 0.01, 0.99);
  const bin = edges.filter((edge) => stated >= edge).length;
  const calibrated = calibratedAt(here.bins, ability, bin);
  const voted = here.options?.[option ?? ""] ?? { right: 0, all: 0 };
  const precision = (voted.right + 8 * ability) / (voted.all + 8);
  const gap = Math.max(...team.map((each) => each.ability)) - ability;
  const chance = 1 / opened.options.length;
  const byOdds = (confidence: number, behind: number): number => {
    const p = held(chance + newcomer * (confidence - chance), 0.01, 0.97);
    return Math.max(0, Math.log((p * (opened.options.length - 1)) / (1 - p))) * Math.exp(-10 * behind);
  };
  const forOption = (odds(calibrated) * odds(precision)) / odds(ability);
  const real = Math.max(
    partBeyondChance(team.map((each) => each.here)),
    partBeyondChance(team.map(({ counts }) => counts)),
  );
  const weights = {
    classwise: byOdds(forOption / (1 + forOption), real * gap),
    logodds: byOdds(calibrated, gap),
    linear: newcomer * calibrated * ability,
  };
  switch (opened.rule) {
    case "classwise":
    case "linear":
      return { calibrated, precision, weight: weights[opened.rule] };
    case "logodds":
    case "ranked":
    case "median":
      return { calibrated, precision, weight: weights.logodds };
    default:
      return { calibrated, precision, weight: 1 };
  }
};

/** Our own logarithm may differ from that of the platform in its last bit, and so may what is rounded. */
const expectNear = (told: number | undefined, computed: number): void =>
  expect(Math.abs((told ?? Number.NaN) - toPpm(computed))).toBeLessThanOrEqual(1);

test("every part of a weight is what the documented formula makes of the counts", () => {
  fc.assert(
    fc.property(aCase, (given) => {
      for (const ballot of settle(closing(given), given.trust).ballots) {
        const { ability, newcomer } = known(given, ballot.voter);
        expectNear(ballot.abilityPpm, ability);
        expectNear(ballot.trustPpm, newcomer);
        if (ballot.status !== "counted") continue;
        const { calibrated, precision, weight } = weightOf(given, ballot);
        expectNear(ballot.calibratedPpm, calibrated);
        if (given.opened.rule === "classwise") expectNear(ballot.precisionPpm, precision);
        expectNear(ballot.weight, weight);
      }
    }),
    { numRuns: often(2_000) },
  );
});

test("confidence and the number of voters that ballots are worth are what the documented formulas make of the weights", () => {
  fc.assert(
    fc.property(aCase, (given) => {
      const { ballots, tally, confidencePpm, effectiveVotersPpm } = settle(closing(given), given.trust);
      const cast = ballots.filter(({ status }) => status === "counted").map(({ weight }) => weight);
      const gamma = 1 / (1 + 0.5 * (cast.length - 1));
      const best = tally[0]?.weight ?? 0;
      const softmax = 1 / sumOf(tally.map(({ weight }) => Math.exp((gamma * (weight - best)) / 1e6)));
      expectNear(confidencePpm, cast.length === 0 ? 0 : softmax);
      const squares = sumOf(cast.map((weight) => weight ** 2));
      const alike = squares === 0 ? 0 : sumOf(cast) ** 2 / squares;
      expectNear(effectiveVotersPpm, squares === 0 ? 0 : alike / (1 + 0.5 * (alike - 1)));
    }),
    { numRuns: often(1_000) },
  );
});
