import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyBox, withBallot } from "../../coordination/decision/ballot.ts";
import { cappedShares } from "../../coordination/decision/share.ts";
import { settle } from "../../coordination/decision/settle.ts";
import type { Closed } from "../../coordination/decision/settle.ts";
import { countsOf } from "../../coordination/decision/trust.ts";
import { withCounts } from "../../coordination/decision/trust.ts";
import { grade } from "../../coordination/decision/grade.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import type { BallotCast, Outcome } from "../../coordination/protocol/decision-messages.ts";
import { often } from "../support/deep.ts";
import { aCase, aCriticalCase, closing, escaped, renamed } from "./decision-cases.ts";
import type { Case } from "./decision-cases.ts";

/** A way to settle, right or wrong. Every law takes one, so that a planted fault shows that the law can fail. */
type Settle = (given: Case) => Outcome;
type Law = (settle: Settle) => fc.IProperty<unknown> | fc.IPropertyWithHooks<unknown>;

const sound: Settle = (given) => settle(closing(given), given.trust);

const rotated = <Item>(items: readonly Item[], by: number): readonly Item[] => {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)].reverse();
};

const orderIsIrrelevant: Law = (settle) =>
  fc.property(aCase, fc.nat(12), (given, by) => {
    expect(canonical(settle({ ...given, ballots: rotated(given.ballots, by) }))).toBe(
      canonical(settle(given)),
    );
  });

const renamingRenames: Law = (settle) =>
  fc.property(aCase, (given) => {
    const [plain, other] = [settle(given), settle(renamed(given))];
    const back = (option: string | null) => (option === null ? null : escaped(option));
    const sorted = (outcome: Outcome) => outcome.tally.map((line) => canonical(line)).sort();
    expect(other.option).toBe(back(plain.option));
    expect([other.settled, other.reason, other.sharePpm, other.confidencePpm]).toEqual([
      plain.settled,
      plain.reason,
      plain.sharePpm,
      plain.confidencePpm,
    ]);
    const lines = plain.tally.map((line) => ({ ...line, option: escaped(line.option) }));
    expect(sorted(other)).toEqual(sorted({ ...plain, tally: lines }));
  });

/** More confidence for the winner, from one of its voters. */
const raisingNeverUnseats: Law = (settle) =>
  fc.property(aCase, fc.nat(12), fc.integer({ min: 0, max: 1_000_000 }), (given, which, byPpm) => {
    const before = settle(given);
    const mine = before.ballots.filter(
      ({ status, option }) => status === "counted" && option === before.option,
    );
    const raised = mine[which % Math.max(1, mine.length)];
    if (before.option === null || raised === undefined) return;
    const confidencePpm = Math.min(1_000_000, (raised.confidencePpm ?? 500_000) + byPpm);
    const ballots = given.ballots.map((ballot) =>
      ballot.voter === raised.voter ? { ...ballot, confidencePpm } : ballot,
    );
    const after = settle({ ...given, ballots });
    expect(after.option).toBe(before.option);
    expect(after.settled || !before.settled).toBe(true);
  });

const duplicatesChangeNothing: Law = (settle) =>
  fc.property(aCase, fc.nat(12), (given, which) => {
    const again = given.ballots.slice(which % (given.ballots.length + 1));
    expect(canonical(settle({ ...given, ballots: [...given.ballots, ...again] }))).toBe(
      canonical(settle(given)),
    );
  });

const nobodyOverHalf: Law = (settle) =>
  fc.property(aCase, (given) => {
    const { ballots } = settle(given);
    const shares = ballots.filter(({ status }) => status === "counted").map(({ shareWeight }) => shareWeight);
    if (shares.length < 3) return;
    const whole = shares.reduce((sum, share) => sum + share, 0);
    expect(Math.max(...shares) * 2).toBeLessThanOrEqual(whole);
  });

const anyConfidenceIsSurvived: Law = (settle) =>
  fc.property(aCase, fc.array(fc.double(), { minLength: 12, maxLength: 12 }), (given, odd) => {
    const ballots = given.ballots.map((ballot, at) => ({
      ...ballot,
      confidencePpm: odd[at % 12] ?? Number.NaN,
    }));
    const outcome = settle({ ...given, ballots });
    // Canonical JSON refuses what is no number.
    expect(() => canonical(outcome)).not.toThrow();
    for (const { weight, shareWeight } of outcome.ballots) {
      expect(Number.isSafeInteger(weight) && weight >= 0 && shareWeight >= 0 && shareWeight <= weight).toBe(
        true,
      );
    }
  });

const honestMajorityBehindCritical: Law = (settle) =>
  fc.property(aCriticalCase, (given) => {
    const { settled, option, ballots } = settle(given);
    if (!settled) return;
    const honest = ballots.filter(({ voter }) => !given.liars.includes(voter));
    expect(honest.filter((ballot) => ballot.option === option).length * 2).toBeGreaterThan(honest.length);
  });

const replicasAgree: Law = (settle) =>
  fc.property(aCase, (given) => {
    const other: Case = JSON.parse(JSON.stringify(given));
    expect(canonical(settle(other))).toBe(canonical(settle(given)));
  });

/** The first ballot of a voter stands, whatever it says later. */
const firstStands: Settle = (given) =>
  sound({
    ...given,
    ballots: given.ballots.filter(
      ({ voter }, at) => given.ballots.findIndex((b) => b.voter === voter) === at,
    ),
  });

/** A repeated ballot is taken for a second one. */
const duplicatesAreVoid: Settle = (given) => {
  const twice = given.ballots.filter(
    ({ voter }, at) => given.ballots.findIndex((b) => b.voter === voter) < at,
  );
  const box: Closed["ballots"] = {
    ...given.ballots.reduce(withBallot, emptyBox),
    ...Object.fromEntries(twice.map(({ voter }) => [voter, { type: "equivocated" } as const])),
  };
  return settle({ ...closing(given), ballots: box }, given.trust);
};

/** Ties go to the option whose name comes first. */
const coinByName: Settle = (given) => {
  const outcome = sound(given);
  return { ...outcome, option: outcome.option ?? outcome.tally[0]?.option ?? null };
};

const withoutPooling: Settle = (given) =>
  settle(closing(given), given.trust, {
    pool: (values) => values,
    shares: cappedShares,
  });

const withoutCap: Settle = (given) => {
  const { ballots, ...outcome } = sound(given);
  return { ...outcome, ballots: ballots.map((ballot) => ({ ...ballot, shareWeight: ballot.weight })) };
};

/** Takes a confidence as it comes. */
const trusting: Settle = (given) => {
  const { ballots, ...outcome } = sound(given);
  const stated = (voter: string) =>
    given.ballots.find((ballot: BallotCast) => ballot.voter === voter)?.confidencePpm ?? 0;
  return { ...outcome, ballots: ballots.map((ballot) => ({ ...ballot, weight: stated(ballot.voter) })) };
};

const standardForCritical: Settle = (given) => {
  const { opened } = given;
  return sound({
    ...given,
    opened: { ...opened, tier: opened.tier === "critical" ? "standard" : opened.tier },
  });
};

/** Sums floating-point evidence as it arrives, in no fixed order. */
const unsortedSums: Settle = (given) => {
  const outcome = sound(given);
  const evidence = given.ballots.map(
    ({ voter }) => (outcome.ballots.find((b) => b.voter === voter)?.weight ?? 0) / 1e6 / 3,
  );
  return { ...outcome, sharePpm: evidence.reduce((sum, one) => sum + one, 0) };
};

/** Remembers what was settled before. */
const forgetful = (): Settle => {
  let settled = 0;
  return (given) => ({ ...sound(given), index: (settled += 1) });
};

const laws: readonly (readonly [string, Law, string, Settle])[] = [
  ["the order of ballots is irrelevant", orderIsIrrelevant, "the first ballot standing", firstStands],
  ["no sum depends on the order of ballots", orderIsIrrelevant, "unsorted sums", unsortedSums],
  ["renaming options renames the result", renamingRenames, "a coin by name", coinByName],
  [
    "raising the winner's ballots never unseats it, and settled stays settled",
    raisingNeverUnseats,
    "a calibration that falls",
    withoutPooling,
  ],
  [
    "duplicates change nothing",
    duplicatesChangeNothing,
    "duplicates taken for equivocation",
    duplicatesAreVoid,
  ],
  ["nobody of three or more carries more than half of the share", nobodyOverHalf, "no cap", withoutCap],
  ["any confidence is survived", anyConfidenceIsSurvived, "confidence taken as it comes", trusting],
  [
    "a settled critical decision has most honest agents behind it",
    honestMajorityBehindCritical,
    "the gate of standard",
    standardForCritical,
  ],
  ["two replicas hold equal bytes", replicasAgree, "a replica with a memory", forgetful()],
];

describe.each(laws)("%s", (_, law, fault, faulty) => {
  test("holds", () => fc.assert(law(sound), { numRuns: often(2_000) }));
  test(
    `is broken by ${fault}`,
    () => expect(fc.check(law(faulty), { seed: 1, numRuns: 20_000 }).failed).toBe(true),
    60_000,
  );
});

test("replaying a grade changes nothing, and no count ever has more right answers than answers", () => {
  const aGrade = fc.record({
    decision: fc.constantFrom("d1", "d2", "d3"),
    agent: fc.constantFrom("a", "b"),
    model: fc.constant("m1"),
    domain: fc.constantFrom("sec", "toString"),
    confidencePpm: fc.option(fc.double(), { nil: null }),
    right: fc.boolean(),
  });
  const start = {
    counts: withCounts({ agents: {} }, "a", "m1", countsOf({ agents: {} }, "a", "m1")),
    graded: {},
  };
  const law = fc.property(fc.array(aGrade, { maxLength: 20 }), (grades) => {
    const once = grades.reduce(grade, start);
    expect(grades.reduce(grade, once)).toBe(once);
    for (const { right, all } of Object.values(once.counts.agents).flatMap((models) =>
      Object.values(models),
    )) {
      expect(right).toBeLessThanOrEqual(all);
    }
  });
  fc.assert(law, { numRuns: often(2_000) });
});
