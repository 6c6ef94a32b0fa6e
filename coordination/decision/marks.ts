import type { CountedBallot, DecisionOpened, Outcome } from "../protocol/decision-messages.ts";
import { electorateOf } from "./electorate.ts";
import { decayed, withAnswer } from "./grade.ts";
import { firstBallots } from "./rounds.ts";
import type { AgentCounts } from "./trust.ts";

/** How an elector behaved in a decision, whatever it voted for. */
export type Conduct = "answered" | "abstained" | "missing" | "unoffered" | "equivocated";

/** What is found about one elector of one decision. The ledger holds these, once for each run, decision and agent. */
export type Mark = {
  readonly run: string;
  readonly decision: string;
  readonly agent: string;
  readonly model: string;
  readonly domain: string;
  /** `null` in a mark for a broken protocol, which no truth is needed to see. */
  readonly truth: string | null;
  readonly conduct: Conduct;
  /** The first ballot: its option, and its confidence as stated, in millionths. */
  readonly option: string | null;
  readonly confidencePpm: number | null;
  /** `null` where there is no answer to hold against the truth. */
  readonly right: boolean | null;
};

/**
 * Marks every elector of a closed decision by its first ballot, in the order of the electorate. Who said two things in a later round broke the
 * protocol all the same.
 */
export const marksOf = (
  run: string,
  opened: DecisionOpened,
  outcome: Outcome,
  truth: string | null,
): readonly Mark[] => {
  const models = new Map(electorateOf(opened).map(({ agent, model }) => [agent, model]));
  const later = [...(outcome.earlier ?? []).slice(1), outcome];
  return firstBallots(outcome).map((ballot, at): Mark => {
    const { voter, option, confidencePpm } = ballot;
    const hasBroken = later.some(({ ballots }) => {
      const said = ballots[at];
      return said !== undefined && conductOf(said) === "equivocated";
    });
    const conduct = hasBroken ? "equivocated" : conductOf(ballot);
    return {
      run,
      decision: opened.decision,
      agent: voter,
      model: ballot.model ?? models.get(voter) ?? "",
      domain: opened.domain,
      truth,
      conduct,
      option,
      confidencePpm,
      right: conduct === "answered" && truth !== null ? option === truth : null,
    };
  });
};

/** The marks that need no truth: those of electors who broke the protocol. */
export const breaksOf = (run: string, opened: DecisionOpened, outcome: Outcome): readonly Mark[] =>
  marksOf(run, opened, outcome, null).filter(({ conduct }) => conduct === "equivocated");

/** A void ballot with an option voted for what was not offered; one without is two different ballots. */
export const conductOf = ({ status, option }: CountedBallot): Conduct => {
  switch (status) {
    case "counted":
      return "answered";
    case "void":
      return option === null ? "equivocated" : "unoffered";
    case "abstained":
    case "missing":
      return status;
  }
};

/** What is known of an agent after one more mark. */
export const withMark = (agent: AgentCounts, mark: Mark): AgentCounts => {
  const { right, option, domain, confidencePpm } = mark;
  const answer = { domain, confidencePpm, ...(option === null ? {} : { option }) };
  return withConduct(right === null ? agent : withAnswer(agent, { ...answer, right }), mark.conduct);
};

/**
 * Being right is ability, and not counted here. Whoever answers, or says in time that it cannot, helps the team to decide; silence,
 * or a vote for what nobody offered, holds it up. Saying two things to two replicas breaks the protocol.
 */
const withConduct = (agent: AgentCounts, conduct: Conduct): AgentCounts => {
  const { helped, hindered, kept, broken } = agent;
  switch (conduct) {
    case "answered":
    case "abstained":
      return { ...agent, ...benevolence(helped + 1, hindered), ...integrity(kept + 1, broken) };
    case "missing":
      return { ...agent, ...benevolence(helped, hindered + 1) };
    case "unoffered":
      return { ...agent, ...benevolence(helped, hindered + 1), ...integrity(kept + 1, broken) };
    case "equivocated":
      return { ...agent, ...integrity(kept, broken + 1) };
  }
};

const benevolence = (helped: number, hindered: number) => {
  const { right, all } = decayed({ right: helped, all: helped + hindered });
  return { helped: right, hindered: all - right };
};

const integrity = (kept: number, broken: number) => {
  const { right, all } = decayed({ right: kept, all: kept + broken });
  return { kept: right, broken: all - right };
};
