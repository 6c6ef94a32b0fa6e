import { agentActor, workflowActor } from "../../protocol/ids.ts";
import type { DecisionOpened, RuleName, Tier } from "../../protocol/decision-messages.ts";
import type { BallotBox, HeldBallot } from "../ballot.ts";
import { binOf, calibration, usableConfidence } from "../calibration.ts";
import { escalation } from "../gates.ts";
import { rules } from "../rules/rule.ts";
import { weighed } from "../settle.ts";
import { collectiveConfidence } from "../tally.ts";
import { countsOf, domainAbility } from "../trust.ts";
import type { TrustCounts } from "../trust.ts";
import { voteOf } from "./recorded.ts";
import type { RecordedQuestion, RecordedVote } from "./recorded.ts";

/** What someone makes of one question. */
export type Verdict = {
  /** Options that it cannot tell apart; one if it has an answer. */
  readonly leaders: readonly string[];
  readonly confidence: number;
  /** Whether a decision of each tier would settle; absent for whoever has no gates. */
  readonly settles?: Readonly<Record<Tier, boolean>>;
};

export type Seat = {
  readonly question: RecordedQuestion;
  readonly team: readonly string[];
  readonly thresholdPpm: number;
  /** Learned from the questions before this one, and the same from falsified answers. */
  readonly trust: TrustCounts;
  readonly falseTrust: TrustCounts;
};

export type Contestant = {
  readonly name: string;
  /** The rule that it counts by; some baselines follow none. */
  readonly rule?: RuleName;
  readonly judge: (seat: Seat) => Verdict;
};

/** Trust is kept by agent and model; recorded agents are their own model. */
export const recordedModel = "recorded";

/** The rules that suit the questions, and the baselines. */
export const contestantsFor = (questions: readonly RecordedQuestion[]): readonly Contestant[] => {
  const hasOrders = questions.some(({ votes }) =>
    Object.values(votes).some(({ distribution }) => distribution !== undefined),
  );
  const areNumbers = questions.every(({ options }) =>
    options.every((option) => option.trim() !== "" && Number.isFinite(Number(option))),
  );
  const suits = ({ name }: { readonly name: RuleName }) =>
    name === "median" ? areNumbers : name === "ranked" || name === "approval" ? hasOrders : true;
  return [
    ...Object.values(rules)
      // Recorded questions have no judge.
      .filter((rule) => rule.isAdvice !== true && suits(rule))
      .map(({ name }) => ruled(name, name, ({ trust }) => trust)),
    followTheBest,
    ruled("shuffled labels", "classwise", ({ falseTrust }) => falseTrust),
    oracle,
  ];
};

const tiers = ["routine", "standard", "critical"] as const;

const ruled = (name: string, rule: RuleName, trustOf: (seat: Seat) => TrustCounts): Contestant => ({
  name,
  rule,
  judge: (seat) => {
    const opened = openedFor(seat, rule);
    const { tally, turnout } = weighed({ opened, ballots: boxOf(seat) }, trustOf(seat));
    const demand = rules[rule].demand?.(opened, turnout);
    const settlesAt = (tier: Tier) =>
      escalation({ tier, thresholdPpm: seat.thresholdPpm }, turnout, tally, demand) === undefined;
    const [routine, standard, critical] = tiers.map(settlesAt);
    return {
      leaders: tally.leaders,
      confidence: collectiveConfidence(tally.ranked, turnout.cast),
      settles: { routine: routine === true, standard: standard === true, critical: critical === true },
    };
  },
});

/** The answer of whoever was right most often in the domain so far, among those who answered. */
const followTheBest: Contestant = {
  name: "follow-the-best",
  judge: ({ question, team, trust }) => {
    const cast = team.flatMap((agent) => {
      const vote = voteOf(question, agent);
      if (vote === undefined) return [];
      const counts = countsOf(trust, agent, recordedModel);
      return [{ vote, counts, ability: domainAbility(counts, question.domain) }];
    });
    const [first, ...rest] = cast;
    if (first === undefined) return { leaders: [], confidence: 0 };
    const best = rest.reduce((leader, next) => (next.ability > leader.ability ? next : leader), first);
    const bin = binOf(usableConfidence(best.vote.confidencePpm));
    const confidence = calibration(best.counts, question.domain)[bin] ?? best.ability;
    return { leaders: [best.vote.option], confidence };
  },
};

/** Right where anyone is right: the most that any choice among the answers could reach. */
const oracle: Contestant = {
  name: "oracle",
  judge: ({ question, team }) =>
    team.some((agent) => voteOf(question, agent)?.option === question.gold)
      ? { leaders: [question.gold], confidence: 1 }
      : { leaders: [], confidence: 1 },
};

const openedFor = ({ question, team, thresholdPpm }: Seat, rule: RuleName): DecisionOpened => ({
  type: "decision.opened",
  decision: question.id,
  question: question.id,
  options: question.options,
  domain: question.domain,
  electorate: team.map((agent) => ({ agent, actor: agentActor(agent, "eval"), model: recordedModel })),
  rule,
  tier: "standard",
  thresholdPpm,
  replyTo: workflowActor,
});

/** Whoever gave no answer is present and abstained: in a recording nobody is late. */
const boxOf = ({ question, team }: Seat): BallotBox =>
  Object.fromEntries(team.map((agent) => [agent, ballotFrom(voteOf(question, agent), question.options)]));

const ballotFrom = (vote: RecordedVote | undefined, options: readonly string[]): HeldBallot => {
  if (vote === undefined) return { type: "abstained" };
  const { option, confidencePpm, distribution } = vote;
  const plain = { type: "cast", option, confidencePpm } as const;
  if (distribution === undefined) return plain;
  const chanceOf = (one: string) => distribution[options.indexOf(one)] ?? 0;
  const others = options.filter((one) => one !== option).toSorted((a, b) => chanceOf(b) - chanceOf(a));
  // It approves of what it holds for likelier than a blind guess.
  const approved = others.filter((one) => chanceOf(one) * options.length > 1);
  return {
    ...plain,
    approved: [option, ...approved].toSorted(),
    ranking: [option, ...others.filter((one) => chanceOf(one) > 0)],
  };
};
