import { emptyBox, withBallot } from "../../../../coordination/decision/ballot.ts";
import { binOf } from "../../../../coordination/decision/calibration.ts";
import { emptyDomain, emptyAgent, emptyTrust, withCounts } from "../../../../coordination/decision/trust.ts";
import type { AgentCounts, Count, TrustCounts } from "../../../../coordination/decision/trust.ts";
import type { Closed } from "../../../../coordination/decision/settle.ts";
import type {
  BallotCast,
  DecisionOpened,
  Elector,
} from "../../../../coordination/protocol/decision-messages.ts";
import { agentActor, workflowActor } from "../../../../coordination/protocol/ids.ts";

export const domain = "sec";
export const model = "m1";

export const electorOf = (agent: string, maxWeightPpm?: number): Elector => ({
  agent,
  actor: agentActor(agent, "d"),
  model,
  ...(maxWeightPpm === undefined ? {} : { maxWeightPpm }),
});

export const openedWith = (
  agents: readonly string[],
  change: Partial<DecisionOpened> = {},
): DecisionOpened => ({
  type: "decision.opened",
  decision: "d",
  question: "which?",
  options: ["A", "B"],
  domain,
  electorate: agents.map((agent) => electorOf(agent)),
  rule: "logodds",
  tier: "standard",
  thresholdPpm: 670_000,
  replyTo: workflowActor,
  ...change,
});

/** `confidence` from 0 to 1. */
export const cast = (voter: string, option: string | null, confidence?: number): BallotCast => ({
  type: "ballot.cast",
  decision: "d",
  voter,
  option,
  ...(confidence === undefined ? {} : { confidencePpm: Math.round(confidence * 1e6) }),
});

export const closedWith = (opened: DecisionOpened, ballots: readonly BallotCast[]): Closed => ({
  opened,
  ballots: ballots.reduce(withBallot, emptyBox),
  term: 1,
  index: 9,
  leader: 1,
});

/** An agent's answers in the domain: [confidence 0 to 1, right, all]. */
export type History = readonly (readonly [confidence: number, right: number, all: number])[];

export const agentWith = (history: History): AgentCounts => {
  const bins = history.reduce<readonly Count[]>(
    (counts, [confidence, right, all]) =>
      counts.map((count, bin) =>
        bin === binOf(confidence) ? { right: count.right + right, all: count.all + all } : count,
      ),
    emptyDomain.bins,
  );
  const total = bins.reduce((sum, { right, all }) => ({ right: sum.right + right, all: sum.all + all }));
  return { ...emptyAgent, ...total, domains: { [domain]: { ...total, bins } } };
};

export const trustWith = (histories: Readonly<Record<string, History>>): TrustCounts =>
  Object.entries(histories).reduce(
    (trust, [agent, history]) => withCounts(trust, agent, model, agentWith(history)),
    emptyTrust,
  );

/** The four agents of the worked examples. */
export const team: TrustCounts = trustWith({
  a: [[0.9, 45, 50]],
  b: [[0.9, 30, 50]],
  c: [[0.9, 30, 50]],
  e: [
    [0.6, 10, 20],
    [0.9, 27, 30],
  ],
});
