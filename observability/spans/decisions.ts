import type {
  BallotCast,
  CountedBallot,
  DecisionOpened,
  EntryCommitted,
  Outcome,
  RoundOpened,
} from "../../coordination/protocol/decision-messages.ts";
import type { Propose } from "../../coordination/protocol/effect.ts";
import { agentName, effectId, type ActorId, type EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { DecidedRow, TurnRow } from "../../coordination/protocol/row.ts";
import { names } from "../attributes.ts";
import { endingOf } from "../decisions.ts";
import type { Redact } from "../redact.ts";
import type { SpanRef } from "../span.ts";
import { fail, link, tell, type OpenSpan, type SpanBook } from "./book.ts";
import { addressOf } from "./plan.ts";
import type { StepSpans } from "./steps.ts";

/** What was handed to the coordinator, and the id of the span of taking what comes of it. */
type Proposal = { readonly span: OpenSpan; readonly processId: string };
type Committed = { readonly atUs: number; readonly process: SpanRef };
type OpenDecision = {
  readonly span: OpenSpan;
  /** Of the newest round in which the electors vote, and the number of the newest round of any kind. */
  readonly ballots: Map<string, Committed>;
  round: number;
  /** Whether the electors have voted for the last time: a judge or a person has the word. */
  isOut: boolean;
};

export type DecisionDeps = {
  readonly book: SpanBook;
  readonly steps: StepSpans;
  readonly root: SpanRef;
  /** On whose behalf an actor proposes. */
  readonly workOf: (actor: ActorId) => SpanRef;
  readonly redact: Redact;
  readonly explain: Redact;
  /** Whether the voters' own words are told. */
  readonly content: boolean;
};

/** Decisions with their ballots, and what Raft did to order them. */
export const decisionSpans = ({ book, steps, root, workOf, redact, explain, content }: DecisionDeps) => {
  const open = new Map<string, OpenDecision>();
  const opened = new Map<string, SpanRef>();
  const proposals = new Map<EnvelopeId, Proposal>();
  let term = 0;

  const begin = (entry: DecisionOpened, atUs: number): void => {
    const { decision, domain, rule, tier, thresholdPpm, quorum, electorate, options } = entry;
    const span = book.open({
      unit: "decision",
      id: book.id(`decision ${decision}`),
      name: `decision ${addressOf(decision)}`,
      parent: steps.at(decision),
      atUs,
      attributes: {
        [names.decisionId]: decision,
        [names.decisionDomain]: redact(domain),
        [names.decisionRule]: rule,
        [names.decisionTier]: tier,
        [names.decisionThreshold]: thresholdPpm / 1e6,
        [names.decisionQuorum]: quorumOf(electorate.length, quorum),
        [names.decisionVoters]: electorate.length,
        [names.decisionOptions]: options.map(redact),
      },
    });
    open.set(decision, { span, ballots: new Map(), round: 0, isOut: false });
    opened.set(decision, { spanId: span.spanId });
  };

  const propose = ({ entry }: Propose, id: EnvelopeId, { actor, atUs }: DecidedRow): void => {
    if (entry.type === "decision.opened" && !open.has(entry.decision)) begin(entry, atUs);
    const attributes: OpenSpan["attributes"] = {
      [names.raftEntryType]: entry.type,
      [names.decisionId]: entry.decision,
    };
    if (agentName(actor) !== undefined) attributes[names.genAiAgentId] = actor;
    const [spanId, processId] = book.ids(`entry ${id}`);
    const span = book.open({
      unit: "propose",
      id: spanId,
      name: "raft.propose",
      // Also of one that is over: a truth that is recorded, a ballot that is late.
      parent: opened.get(entry.decision) ?? workOf(actor),
      atUs,
      attributes,
    });
    proposals.set(id, { span, processId });
  };

  const committed = (input: EntryCommitted, row: TurnRow): void => {
    const { cause, atUs } = row;
    const proposal = proposals.get(cause);
    proposals.delete(cause);
    if (input.term > term) elected(input, atUs);
    const { entry } = input;
    const place = { [names.raftTerm]: input.term, [names.raftIndex]: input.index };
    if (proposal !== undefined) {
      const { attributes } = proposal.span;
      attributes[names.raftTerm] = input.term;
      attributes[names.raftIndex] = input.index;
      attributes[names.raftNode] = input.leader;
      tell(proposal.span, "committed", atUs, place);
      book.close(proposal.span, atUs);
    }
    const span = book.point({
      unit: "process",
      id: proposal?.processId ?? book.id(`process ${cause}`),
      name: "process raft.commit",
      kind: "consumer",
      parent: proposal?.span ?? root,
      atUs,
      attributes: {
        [names.raftTerm]: input.term,
        [names.raftIndex]: input.index,
        [names.messagingOperationName]: "process",
        [names.messagingOperationType]: "process",
        [names.messagingMessageId]: cause,
        [names.messageType]: input.type,
        [names.raftEntryType]: entry.type,
        [names.decisionId]: entry.decision,
      },
    });
    if (proposal !== undefined) link(span, proposal.span, "proposal");
    if ("failed" in row) fail(span, row.failed.code, explain(row.failed.message));
    if (entry.type === "ballot.cast") counted(entry, { atUs, process: { spanId: span.spanId } });
  };

  const counted = (ballot: BallotCast, at: Committed): void => {
    const decision = open.get(ballot.decision);
    if (decision === undefined || (ballot.round ?? 0) !== decision.round) return;
    if (ballot.onBehalf === true && decision.ballots.has(ballot.voter)) return;
    decision.ballots.set(ballot.voter, at);
  };

  // No row tells of the election itself: the first commit of a term tells who won it.
  const elected = (commit: EntryCommitted, atUs: number): void => {
    term = commit.term;
    book.point({
      unit: "election",
      id: book.id(`election ${term}`),
      name: "raft.election",
      parent: root,
      atUs,
      attributes: {
        [names.raftTerm]: term,
        [names.raftNode]: commit.leader,
        [names.raftOutcome]: "elected",
      },
    });
  };

  /** Why someone abstained is swarm's own sentence; why someone voted is the model's. */
  const reasonOf = ({ option, reason }: CountedBallot): string | undefined =>
    reason === undefined || (option !== null && !content) ? undefined : explain(reason);

  const tellBallot = (span: OpenSpan, ballot: CountedBallot, round: number, atUs: number): void => {
    const attributes: OpenSpan["attributes"] = {
      [names.ballotAgent]: ballot.voter,
      [names.ballotStatus]: ballot.status,
      [names.ballotWeight]: ballot.weight,
    };
    if (ballot.option !== null) attributes[names.ballotChoice] = redact(ballot.option);
    if (ballot.confidencePpm !== null) attributes[names.ballotConfidence] = ballot.confidencePpm / 1e6;
    if (round > 0) attributes[names.round] = round;
    const reason = reasonOf(ballot);
    if (reason !== undefined) attributes[names.reason] = reason;
    tell(span, "ballot.counted", atUs, attributes);
  };

  /** How the electors of a round counted; each ballot is linked to the turn that took it. */
  const tellBallots = ({ span, ballots, round }: OpenDecision, outcome: Outcome, atUs: number): void => {
    const timed = outcome.ballots.map((ballot) => {
      const at = ballots.get(ballot.voter);
      return { ballot, process: at?.process, atUs: at?.atUs ?? atUs };
    });
    timed.sort((a, b) => a.atUs - b.atUs);
    for (const each of timed) {
      if (each.process !== undefined) link(span, each.process, "ballot");
      tellBallot(span, each.ballot, round, each.atUs);
    }
  };

  const goOn = ({ decision: id, round, kind, outcome }: RoundOpened, atUs: number): void => {
    const decision = open.get(id);
    if (decision === undefined) return;
    if (!decision.isOut) tellBallots(decision, outcome, atUs);
    decision.ballots.clear();
    decision.isOut = kind === "judge" || kind === "person";
    decision.round = round;
    const reason = outcome.reason === undefined ? {} : { [names.reason]: outcome.reason };
    tell(decision.span, "round.opened", atUs, { [names.round]: round, [names.roundKind]: kind, ...reason });
  };

  const settle = (outcome: Outcome, atUs: number): void => {
    const decision = open.get(outcome.decision);
    if (decision === undefined) return;
    open.delete(outcome.decision);
    const { span } = decision;
    const { settled, option, ruling, earlier = [] } = outcome;
    const { attributes } = span;
    attributes[names.decisionOutcome] = endingOf(outcome);
    // What merely leads has not won.
    if (settled && option !== null) attributes[names.decisionWinner] = redact(option);
    attributes[names.decisionShare] = outcome.sharePpm / 1e6;
    attributes[names.decisionConfidence] = outcome.confidencePpm / 1e6;
    attributes[names.decisionRounds] = earlier.length + 1;
    if (ruling !== undefined) attributes[names.decisionRuledBy] = ruling.judge ?? ruling.by;
    if (!decision.isOut) tellBallots(decision, outcome, atUs);
    book.close(span, atUs);
  };

  return {
    /** What a turn hands to the coordinator. */
    propose: (row: DecidedRow): void =>
      row.effects.forEach((effect, index) => {
        if (effect.type === "propose") propose(effect, effectId(row.actor, row.seq, index), row);
      }),
    /** The span of a decision while it is open. */
    at: (decision: string): SpanRef | undefined => open.get(decision)?.span,
    /** A turn of the `decisions` actor. */
    turn: (row: TurnRow): void => {
      if (row.input.type === "entry.committed") committed(row.input, row);
    },
    /** What a turn comes to: another round, or the outcome. Its messages go out before that. */
    settle: ({ effects, atUs }: DecidedRow): void => {
      for (const effect of effects) {
        if (effect.type !== "send") continue;
        if (effect.body.type === "round.opened") goOn(effect.body, atUs);
        if (effect.body.type === "decision.settled") settle(effect.body.outcome, atUs);
      }
    },
  };
};

export type DecisionSpans = ReturnType<typeof decisionSpans>;

/** More than half, or as many as the task wants. */
const quorumOf = (electors: number, wanted = 0): number => Math.max(Math.floor(electors / 2) + 1, wanted);
