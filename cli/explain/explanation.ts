import { accountsOf, type BallotAccount } from "../../coordination/decision/account.ts";
import { effectiveVoters } from "../../coordination/decision/effective-voters.ts";
import { familiesOf } from "../../coordination/decision/families.ts";
import { conductOf, type Conduct } from "../../coordination/decision/marks.ts";
import { flipsOf, type Flips } from "../../coordination/decision/rounds.ts";
import type {
  CountedBallot,
  DecisionOpened,
  Outcome,
  VoterFamily,
} from "../../coordination/protocol/decision-messages.ts";
import { dissentFrom } from "../../coordination/protocol/dissent.ts";
import type { RecordedDecision } from "../../observability/decisions.ts";
import type { RunBasis } from "../wire/basis.ts";
import { gatesOf, type Gate } from "./gates.ts";

/** A ballot with all that its weight is made of. */
export type ExplainedBallot = CountedBallot & {
  readonly model: string;
  readonly conduct: Conduct;
  /** Most of the share that the task lets it carry, in millionths; `null`: as much as all others together. */
  readonly maxWeightPpm: number | null;
  readonly account: BallotAccount;
};

/** All that can be said of a decision that is over. */
export type Explanation = {
  readonly run: string;
  readonly opened: DecisionOpened;
  readonly outcome: Outcome;
  readonly truth: string | null;
  readonly effectiveVoters: number;
  readonly families: readonly VoterFamily[];
  /** How a debate changed minds, where there was one and the truth is known. */
  readonly flips: Flips | null;
  readonly warnings: readonly string[];
  readonly gates: readonly Gate[];
  readonly ballots: readonly ExplainedBallot[];
};

export const explanationOf = (
  { opened, truth }: RecordedDecision,
  outcome: Outcome,
  basis: RunBasis,
  graded: string | undefined,
): Explanation => {
  const electors = new Map(opened.electorate.map((elector) => [elector.agent, elector]));
  const accounts = accountsOf(opened, outcome.ballots, basis.trust);
  const ballots = outcome.ballots.flatMap((ballot, at): readonly ExplainedBallot[] => {
    const account = accounts[at];
    const elector = electors.get(ballot.voter);
    if (account === undefined || elector === undefined) return [];
    const { model, maxWeightPpm = null } = elector;
    return [{ ...ballot, model: ballot.model ?? model, conduct: conductOf(ballot), maxWeightPpm, account }];
  });
  const { families = familiesOf(opened.electorate) } = outcome;
  const known = truth ?? graded ?? null;
  return {
    run: basis.run,
    opened,
    outcome,
    truth: known,
    effectiveVoters: effectiveVoters(outcome.ballots),
    families,
    flips: known === null || outcome.earlier === undefined ? null : flipsOf(outcome, known),
    warnings: [...families.map(familyWarning), ...ballots.flatMap(equivocationWarning)],
    gates: gatesOf(opened, outcome),
    ballots,
  };
};

const familyWarning = ({ voters, family, same }: VoterFamily): string =>
  `${listed(voters)} run ${same ? "the same model" : `models of one family (${family})`}: they err alike, so their agreement tells less than their number`;

const equivocationWarning = ({ voter, conduct }: ExplainedBallot): readonly string[] =>
  conduct === "equivocated" ? [`${voter} gave two different ballots: neither counts`] : [];

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;

/** For programs: one document, shares and confidences in millionths as in the record. */
export const explanationJson = ({ run, opened, outcome, ballots, ...rest }: Explanation) => {
  const { decision, question, options, domain, rule, tier, thresholdPpm } = opened;
  const { settled, option, reason, sharePpm, confidencePpm, tally, term, index, leader } = outcome;
  const { ruling = null, earlier = [], calibratedPpm = null } = outcome;
  return {
    run,
    decision,
    question,
    options,
    domain,
    rule,
    tier,
    thresholdPpm,
    settled,
    winner: settled ? option : null,
    recommendation: ruling === null ? option : ruling.recommended,
    reason: reason ?? null,
    ruling,
    rounds: earlier,
    sharePpm,
    confidencePpm,
    calibratedPpm,
    ...rest,
    tally,
    ballots,
    dissent: dissentFrom(outcome, ballots).map((ballot) => ({
      agent: ballot.voter,
      option: ballot.option,
      reason: ballot.reason ?? null,
    })),
    uncounted: ballots
      .filter(({ status }) => status !== "counted")
      .map(({ voter, conduct, reason: why }) => ({ agent: voter, conduct, reason: why ?? null })),
    term,
    index,
    leader,
  };
};
