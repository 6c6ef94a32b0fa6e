import type { RaftEffect, RaftInput } from "../../../coordination/raft/io.ts";
import type { RaftMessage } from "../../../coordination/raft/message.ts";
import type { RaftState } from "../../../coordination/raft/state.ts";
import type { RaftTurn } from "../../../coordination/raft/turn.ts";
import type { LogIndex } from "../../../coordination/raft/types.ts";
import type { Host } from "./host.ts";
import { endOf, isQuorum, membersIn, termOf } from "./log-reading.ts";
import { broken } from "./violation.ts";

// What a node may say in answer to one input. Some of this only keeps a group quiet, and no storm would show its absence.

export const checkAnswers = (
  host: Host,
  before: RaftState,
  input: RaftInput,
  { state, effects }: RaftTurn,
): void => {
  const { id } = host;
  if (before.role === "leader" && state.role !== "leader") checkReads(id, before, effects);
  if (state.role === "candidate" && state.term > before.term) checkStanding(id, before, input);
  if (
    state.role === "preCandidate" &&
    state.round > before.round &&
    host.witness.diskQuiet >= state.options.electionTicks
  )
    broken(`node ${id} wants to lead though its disk has stalled`);
  if (before.role !== "leader" && state.commit > before.commit) checkVouched(id, input, state.commit);
  if (input.type !== "message") return;
  const { message } = input;
  if (message.type === "voteRequest" || message.type === "preVoteRequest")
    checkVote(host, before, message, { state, effects });
  const leads =
    message.type === "appendRequest" || message.type === "heartbeat" || message.type === "snapshotChunk";
  if (leads && message.term === state.term && state.role !== "leader" && state.leader !== message.from)
    broken(`node ${id} hears of leader ${message.from} of its term, and does not follow it`);
};

/** Whoever follows commits what its leader vouches for and no more, also where its own log goes on and may differ. */
const checkVouched = (id: number, input: RaftInput, commit: LogIndex): void => {
  const vouched = vouchedBy(input);
  if (commit > vouched) broken(`node ${id} commits ${commit} on a message that vouches for ${vouched}`);
};

const vouchedBy = (input: RaftInput): LogIndex => {
  if (input.type === "snapshotStored") return input.index;
  if (input.type !== "message") return 0;
  const { message } = input;
  if (message.type === "heartbeat") return message.commit;
  if (message.type !== "appendRequest") return 0;
  return Math.min(message.commit, message.prevIndex + message.entries.length);
};

type Question = Extract<RaftMessage, { type: "voteRequest" | "preVoteRequest" }>;

const checkVote = (host: Host, before: RaftState, question: Question, { state, effects }: RaftTurn): void => {
  const { id, witness } = host;
  const { log, options } = before;
  const led =
    before.role === "follower" &&
    before.leader !== null &&
    witness.ticks - witness.ledAt < options.electionTicks;
  const transfer = question.type === "voteRequest" && question.transfer;
  if (led && !transfer && state.term > before.term)
    broken(`node ${id} hears of a leader, and follows another's election`);
  const granted = effects.some(
    (effect) =>
      effect.type === "send" &&
      (effect.message.type === "voteResponse" || effect.message.type === "preVoteResponse") &&
      effect.message.granted,
  );
  if (!granted) return;
  if (led && question.type === "preVoteRequest")
    broken(`node ${id} hears of a leader, and would vote for another`);
  const end = endOf(log);
  const [ours, theirs] = [termOf(log, end), question.lastTerm];
  if (theirs < ours || (theirs === ours && question.lastIndex < end))
    broken(`node ${id} would vote for node ${question.from}, whose log is older`);
};

/** An election that nobody asked for by a transfer begins only when a quorum would vote for it. */
const checkStanding = (id: number, before: RaftState, input: RaftInput): void => {
  const alone = isQuorum(membersIn(before), (voter) => voter === id);
  if (!alone && (input.type === "tick" || input.type === "campaign"))
    broken(`node ${id} stands for election without asking first`);
};

/** Whoever waits for a read learns that this leader will not answer it. */
const checkReads = (id: number, { reads }: RaftState, effects: readonly RaftEffect[]): void => {
  for (const read of reads)
    if (
      !effects.some(
        (effect) => (effect.type === "rejected" || effect.type === "readReady") && effect.id === read.id,
      )
    )
      broken(`node ${id} leads no more and says nothing of read ${read.id}`);
};
