import type { BallotCast } from "../protocol/decision-messages.ts";
import { withMember } from "../protocol/record.ts";

/** What one elector is held to. `confidencePpm: null`: the voter gave none that is a finite number. */
export type HeldBallot =
  | {
      readonly type: "cast";
      readonly option: string;
      /** Sorted, each option once, the voter's `option` among them. */
      readonly approved?: readonly string[];
      readonly ranking?: readonly string[];
      readonly confidencePpm: number | null;
      readonly model?: string;
      readonly reason?: string;
    }
  | { readonly type: "abstained"; readonly onBehalf?: true; readonly reason?: string }
  /** Two different ballots of one voter: neither counts, and the voter is known for it. */
  | { readonly type: "equivocated" };

/** Ballots by voter. */
export type BallotBox = Readonly<Record<string, HeldBallot>>;

export const emptyBox: BallotBox = {};

/** The box with one more ballot. The same box if the ballot tells nothing new. */
export const withBallot = (box: BallotBox, cast: BallotCast): BallotBox => {
  const fresh = heldBallot(cast);
  const held = ballotOf(box, cast.voter);
  if (held === undefined) return withMember(box, cast.voter, fresh);
  // What is said for a voter is not its own word: the two cannot contradict each other, whichever comes first.
  if (cast.onBehalf === true) return box;
  if (held.type === "abstained" && held.onBehalf === true) return withMember(box, cast.voter, fresh);
  if (held.type === "equivocated" || same(held, fresh)) return box;
  return withMember<HeldBallot>(box, cast.voter, { type: "equivocated" });
};

export const ballotOf = (box: BallotBox, voter: string): HeldBallot | undefined =>
  Object.hasOwn(box, voter) ? box[voter] : undefined;

/** Everything a voter said counts: were the reason left out, which of two reasons is kept would hang on their order. */
const same = (a: HeldBallot, b: HeldBallot): boolean => {
  if (a.type === "equivocated" || b.type === "equivocated" || a.reason !== b.reason) return false;
  if (a.type === "abstained" || b.type === "abstained") return a.type === b.type;
  return (
    a.option === b.option &&
    a.confidencePpm === b.confidencePpm &&
    a.model === b.model &&
    sameList(a.approved, b.approved) &&
    sameList(a.ranking, b.ranking)
  );
};

const sameList = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === undefined || b === undefined
    ? a === b
    : a.length === b.length && a.every((option, at) => option === b[at]);

const heldBallot = ({
  option,
  approved,
  ranking,
  confidencePpm,
  model,
  reason,
  onBehalf,
}: BallotCast): HeldBallot => {
  const why = reason === undefined ? {} : { reason };
  if (option === null) return { type: "abstained", ...(onBehalf === true ? { onBehalf } : {}), ...why };
  const usable = confidencePpm !== undefined && Number.isFinite(confidencePpm);
  // Adding 0 turns -0 into 0: they are the same ballot, and the same JSON.
  return {
    type: "cast",
    option,
    // The same set in another order is the same ballot. `toSorted` goes by code unit, as canonical JSON does.
    ...(approved === undefined ? {} : { approved: [...new Set([option, ...approved])].toSorted() }),
    ...(ranking === undefined ? {} : { ranking: [...new Set(ranking)] }),
    confidencePpm: usable ? confidencePpm + 0 : null,
    ...(model === undefined ? {} : { model }),
    ...why,
  };
};
