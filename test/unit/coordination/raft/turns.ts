import type { RaftInput } from "../../../../coordination/raft/io.ts";
import { allEntries } from "../../../../coordination/raft/log.ts";
import type { RaftMessage } from "../../../../coordination/raft/message.ts";
import { startNode, type RaftState } from "../../../../coordination/raft/state.ts";
import { raftStep } from "../../../../coordination/raft/step.ts";
import type { Entry, RaftOptions, Stored } from "../../../../coordination/raft/types.ts";

/** Node 1 of three, as it starts. */
export const node = (stored?: Stored, options: Partial<RaftOptions> = {}): RaftState =>
  startNode({ id: 1, voters: [1, 2, 3], seed: 1, options, ...(stored === undefined ? {} : { stored }) });

/** What is on a disk that holds commands of these terms. */
export const stored = (term: number, vote: number | null, ...terms: readonly number[]): Stored => ({
  hardState: { term, vote },
  snapshot: null,
  entries: terms.map((entryTerm, at) => command(at + 1, entryTerm)),
});

export const command = (index: number, term: number): Entry => ({
  index,
  term,
  payload: { type: "command", id: `c${index}`, data: `d${index}` },
});

export const after = (state: RaftState, ...inputs: readonly RaftInput[]): RaftState =>
  inputs.reduce((known, input) => raftStep(known, input).state, state);

/** A message to node 1. */
export const from = (
  sender: number,
  message: RaftMessage extends infer Message
    ? Message extends RaftMessage
      ? Omit<Message, "from" | "to">
      : never
    : never,
): RaftInput => ({ type: "message", message: { ...message, from: sender, to: 1 } });

/** Node 1 leads term 1; its no-op is on its disk, and on those of the others as far as it knows. */
export const leader = (options: Partial<RaftOptions> = {}): RaftState =>
  after(
    node(undefined, options),
    { type: "campaign" },
    from(2, { type: "preVoteResponse", term: 1, round: 1, granted: true }),
    { type: "persisted", upTo: 1 },
    from(2, { type: "voteResponse", term: 1, granted: true }),
    { type: "persisted", upTo: 2 },
    from(2, { type: "appendAccepted", term: 1, match: 1 }),
    from(3, { type: "appendAccepted", term: 1, match: 1 }),
    { type: "applied", index: 1 },
  );

/** The whole turn: every field of the state that is another now, and every effect. */
export const turnOf = (before: RaftState, input: RaftInput) => {
  const kept = visible(before);
  const { state, effects } = raftStep(before, input);
  const now = visible(state);
  const changes = Object.entries(now).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(kept[name]),
  );
  return { changes: Object.fromEntries(changes), effects };
};

const visible = (state: RaftState): Readonly<Record<string, unknown>> => ({
  ...state,
  log: { base: state.log.base, baseTerm: state.log.baseTerm, entries: allEntries(state.log) },
});
