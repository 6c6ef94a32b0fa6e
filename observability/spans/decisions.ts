import type {
  BallotCast,
  CountedBallot,
  EntryCommitted,
  Outcome,
  RoundOpened,
} from "../../coordination/protocol/decision-messages.ts";
import { agentName, effectId, type EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { DecidedRow, TurnRow } from "../../coordination/protocol/row.ts";
import { names } from "../attributes.ts";
import type { Redact } from "../redact.ts";
import type { Attributes, SpanRef } from "../span.ts";
import { fail, link, note, tell, type OpenSpan, type SpanBook } from "./book.ts";
import type { StepSpans } from "./steps.ts";

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
  readonly redact: Redact;
  readonly explain: Redact;
  /** Whether the voters' own words are told. */
  readonly content: boolean;
};

/** Decisions with their ballots, and what Raft did to order them. */
export const decisionSpans = ({ book, steps, root, redact, explain, content }: DecisionDeps) => {
  const open = new Map<string, OpenDecision>();
  const opened = new Map<string, SpanRef>();
  const proposals = new Map<EnvelopeId, OpenSpan>();
  let term = 0;

  const propose = (row: DecidedRow, fallback: SpanRef): void => {
    for (const [index, effect] of row.effects.entries()) {
      if (effect.type !== "propose") continue;
      const { entry } = effect;
      const { atUs } = row;
      if (entry.type === "decision.opened" && !open.has(entry.decision)) {
        const { decision, domain, rule, tier, thresholdPpm, quorum, electorate, options } = entry;
        const span = book.open({
          unit: "decision",
          key: `decision ${decision}`,
          name: `decision ${decision.replace(/\[\d+\]/g, "")}`,
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
      }
      const id = effectId(row.actor, row.seq, index);
      const span = book.open({
        unit: "propose",
        key: `propose ${id}`,
        name: "raft.propose",
        // Also of one that is over: a truth that is recorded, a ballot that is late.
        parent: opened.get(entry.decision) ?? fallback,
        atUs,
        attributes: {
          [names.raftEntryType]: entry.type,
          [names.decisionId]: entry.decision,
          ...(agentName(row.actor) === undefined ? {} : { [names.genAiAgentId]: row.actor }),
        },
      });
      proposals.set(id, span);
    }
  };

  const committed = (input: EntryCommitted, row: TurnRow): void => {
    const { cause, atUs } = row;
    const proposal = proposals.get(cause);
    proposals.delete(cause);
    if (input.term > term) elected(input, atUs);
    const { entry } = input;
    const place = { [names.raftTerm]: input.term, [names.raftIndex]: input.index };
    if (proposal !== undefined) {
      note(proposal, place);
      proposal.attributes[names.raftNode] = input.leader;
      tell(proposal, "committed", atUs, place);
      book.close(proposal, atUs);
    }
    const span = book.open({
      unit: "process",
      key: `process ${cause}`,
      name: "process raft.commit",
      kind: "consumer",
      parent: proposal ?? root,
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
    if (proposal !== undefined) link(span, proposal, "proposal");
    if ("failed" in row) fail(span, row.failed.code, explain(row.failed.message));
    book.close(span, atUs);
    if (entry.type === "ballot.cast") counted(entry, { atUs, process: span });
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
    const span = book.open({
      unit: "election",
      key: `election ${term}`,
      name: "raft.election",
      parent: root,
      atUs,
      attributes: {
        [names.raftTerm]: term,
        [names.raftNode]: commit.leader,
        [names.raftOutcome]: "elected",
      },
    });
    book.close(span, atUs);
  };

  /** Why someone abstained is swarm's own sentence; why someone voted is the model's. */
  const reasonOf = ({ option, reason }: CountedBallot): Attributes =>
    reason === undefined || (option !== null && !content) ? {} : { [names.reason]: explain(reason) };

  /** How the electors of a round counted; each ballot is linked to the turn that took it. */
  const tellBallots = ({ span, ballots, round }: OpenDecision, outcome: Outcome, atUs: number): void => {
    const events = outcome.ballots.map((ballot) => ({ ballot, at: ballots.get(ballot.voter) }));
    for (const { ballot, at } of events.toSorted((a, b) => (a.at?.atUs ?? atUs) - (b.at?.atUs ?? atUs))) {
      if (at !== undefined) link(span, at.process, "ballot");
      tell(span, "ballot.counted", at?.atUs ?? atUs, {
        [names.ballotAgent]: ballot.voter,
        [names.ballotStatus]: ballot.status,
        ...(ballot.option === null ? {} : { [names.ballotChoice]: redact(ballot.option) }),
        ...(ballot.confidencePpm === null ? {} : { [names.ballotConfidence]: ballot.confidencePpm / 1e6 }),
        [names.ballotWeight]: ballot.weight,
        ...(round === 0 ? {} : { [names.round]: outcome.earlier?.length ?? 0 }),
        ...reasonOf(ballot),
      });
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
    const { settled, reason, option, ruling, earlier = [] } = outcome;
    note(span, {
      [names.decisionOutcome]: settled ? "settled" : (reason ?? "not-settled"),
      // What merely leads has not won.
      ...(settled && option !== null ? { [names.decisionWinner]: redact(option) } : {}),
      [names.decisionShare]: outcome.sharePpm / 1e6,
      [names.decisionConfidence]: outcome.confidencePpm / 1e6,
      [names.decisionRounds]: earlier.length + 1,
      ...(ruling === undefined ? {} : { [names.decisionRuledBy]: ruling.judge ?? ruling.by }),
    });
    if (!decision.isOut) tellBallots(decision, outcome, atUs);
    book.close(span, atUs);
  };

  return {
    /** What a turn hands to the coordinator, on behalf of `work`. */
    propose,
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
