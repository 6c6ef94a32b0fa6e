import fc from "fast-check";
import { expect, test } from "vitest";
import { ballotOf, emptyBox, withBallot } from "../../coordination/decision/ballot.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import type { BallotCast } from "../../coordination/protocol/decision-messages.ts";
import { often } from "../support/deep.ts";

const few = fc.array(fc.constantFrom("A", "B", "C"), { maxLength: 3 });

const aBallot: fc.Arbitrary<BallotCast> = fc
  .record({
    option: fc.constantFrom("A", "B", null),
    approved: fc.option(few, { nil: undefined }),
    ranking: fc.option(few, { nil: undefined }),
    confidencePpm: fc.constantFrom(undefined, 0, -0, 900_000, Number.NaN, Infinity),
    model: fc.constantFrom(undefined, "m1", "m2"),
    reason: fc.constantFrom(undefined, "", "so"),
  })
  .map(({ option, ...rest }) => {
    const said = Object.entries(rest).filter(([, value]) => value !== undefined);
    return { type: "ballot.cast", decision: "d", voter: "v", option, ...Object.fromEntries(said) };
  });

/** Two ballots that differ in two members at most. */
const twoBallots = fc
  .record({
    one: aBallot,
    another: aBallot,
    members: fc.subarray(["option", "approved", "ranking", "confidencePpm", "model", "reason"], {
      maxLength: 2,
    }),
  })
  .map(({ one, another, members }): readonly [BallotCast, BallotCast] => {
    const kept = Object.entries(one).filter(([member]) => !members.includes(member));
    const changed = Object.entries(another).filter(([member]) => members.includes(member));
    const { type, decision, voter, option } = one;
    return [one, { type, decision, voter, option, ...Object.fromEntries([...kept, ...changed]) }];
  });

/** What a ballot says: a set of approved options has no order, and a confidence that is no number is none. */
const saying = ({ option, approved, ranking, confidencePpm, model, reason }: BallotCast): string => {
  if (option === null) return canonical({ option, reason });
  return canonical({
    option,
    approved:
      approved === undefined
        ? undefined
        : ["A", "B", "C"].filter((one) => [option, ...approved].includes(one)),
    ranking: ranking?.filter((one, at) => ranking.indexOf(one) === at),
    confidencePpm: Number.isFinite(confidencePpm) ? confidencePpm : null,
    model,
    reason,
  });
};

test("two ballots of one voter are void exactly if they say different things, whichever comes first", () => {
  fc.assert(
    fc.property(twoBallots, ([one, other]) => {
      const [box, again] = [
        [one, other],
        [other, one],
      ].map((both) => both.reduce(withBallot, emptyBox));
      const areVoid = ballotOf(box ?? emptyBox, "v")?.type === "equivocated";
      expect(areVoid).toBe(saying(one) !== saying(other));
      expect(again).toEqual(box);
    }),
    { numRuns: often(5_000) },
  );
});
