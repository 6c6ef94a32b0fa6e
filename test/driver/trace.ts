import type { RaftEffect, RaftInput } from "../../coordination/raft/io.ts";
import type { RaftMessage } from "../../coordination/raft/message.ts";
import type { RaftState } from "../../coordination/raft/state.ts";
import { lastIndexOf, lastTermOf } from "../../coordination/raft/log.ts";
import type { NodeId, Stored, WriteToken } from "../../coordination/raft/types.ts";

/** Rises when a field changes its meaning or goes; new fields may come without. `docs/raft-driver.md` has the fields. */
export const traceVersion = 1;

/**
 * What a node met: an input of the core, or what the core does not see: its start from what its disk holds, its end, and
 * that its host sent another stretch of its log.
 */
export type TraceInput =
  | RaftInput
  | { readonly type: "start"; readonly stored: Stored }
  | { readonly type: "crash" | "reshape" };

/** A message as its host sends it; `id` where the host numbers messages, `after` the write that it waits for. */
export type SentMessage = {
  readonly id?: number;
  readonly after: WriteToken | null;
  readonly message: RaftMessage;
};

export type TraceStep = {
  /** Counts the steps of all nodes, from 1. */
  readonly step: number;
  /** The host's own time, where it has one. */
  readonly at?: number;
  /** Rises with each cluster, where the host makes one after the other. */
  readonly cluster?: number;
  readonly node: NodeId;
  readonly input: TraceInput;
  /** The number of the message that is the input, where the host numbers messages. */
  readonly received?: number | undefined;
  /** The node after the step. */
  readonly state: RaftState;
  readonly effects: readonly RaftEffect[];
  /** What is sent. Unless told, the `send` effects; a host that turns `sendChunk` into a message adds that. */
  readonly sent?: readonly SentMessage[];
};

/** One step as data, with its fields in a fixed order. */
export const traceOf = ({ step, at, cluster, node, input, received, state, effects, sent }: TraceStep) => ({
  v: traceVersion,
  step,
  ...(at === undefined ? {} : { at }),
  ...(cluster === undefined ? {} : { cluster }),
  node,
  input: input.type === "message" ? { type: input.type, message: numbered(received, input.message) } : input,
  term: state.term,
  vote: state.vote,
  role: state.role,
  leader: state.leader,
  commit: state.commit,
  applied: state.applied,
  last: [lastTermOf(state.log), lastIndexOf(state.log)],
  durable: state.persisted,
  members: state.history.at(-1)?.members,
  sent: (sent ?? sentBy(effects)).map(({ id, after, message }) => ({ ...numbered(id, message), after })),
  wrote: effects.flatMap((effect) => (effect.type === "persist" ? [effect.write] : [])),
  effects: effects.filter(({ type }) => type !== "send" && type !== "persist"),
});

/** One step as a line of JSON, without the line's end. The same step gives the same bytes. */
export const traceLine = (step: TraceStep): string => JSON.stringify(traceOf(step));

export const sentBy = (effects: readonly RaftEffect[]): readonly SentMessage[] =>
  effects.flatMap((effect) =>
    effect.type === "send" ? [{ after: effect.after, message: effect.message }] : [],
  );

const numbered = (id: number | undefined, message: RaftMessage) =>
  id === undefined ? message : { id, ...message };
