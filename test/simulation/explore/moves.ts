import { InvariantError } from "../../../coordination/protocol/invariant.ts";
import type { RaftInput } from "../../../coordination/raft/io.ts";
import type { RaftMessage } from "../../../coordination/raft/message.ts";
import { membersIn } from "../raft/log-reading.ts";
import { Violation } from "../raft/violation.ts";
import { checkLocal } from "./checks.ts";
import type { Told } from "./history.ts";
import { canonical, restarted, type Local } from "./local.ts";
import { running, take, work, write, writeDown, type Running } from "./running.ts";
import type { Cost, Setting } from "./setting.ts";

/** Something that may happen to a node by itself. */
export type Move =
  /** The election timeout has passed: of one that does not lead. */
  | { readonly type: "timeOut" }
  | { readonly type: "beat" }
  /** A leader looks whether a quorum has answered since it looked last. */
  | { readonly type: "checkQuorum" }
  | { readonly type: "write" }
  | { readonly type: "work"; readonly at: number }
  | { readonly type: "apply" }
  /** The power fails; so many of the writes that wait were made all the same. */
  | { readonly type: "restart"; readonly written: number }
  | { readonly type: "ask"; readonly input: RaftInput }
  /** `deaf`: the receiver has heard of no leader for an election timeout, so it may vote. */
  | { readonly type: "deliver"; readonly message: RaftMessage; readonly deaf: boolean };

export type Outcome =
  | {
      readonly type: "moved";
      readonly local: Local;
      readonly sent: readonly RaftMessage[];
      readonly told: readonly Told[];
    }
  | { readonly type: "broken"; readonly why: string };

/** What becomes of a node, and what it says: a function of the node and the move alone. */
export const outcomeOf = (setting: Setting, local: Local, move: Move): Outcome => {
  try {
    const node = move.type === "restart" ? rebooted(setting, local, move.written) : running(local);
    act(setting, node, move);
    settle(setting, node);
    const { sent, told, ...rest } = node;
    const moved = canonical(rest);
    checkLocal(moved);
    return { type: "moved", local: moved, sent, told };
  } catch (error) {
    if (error instanceof Violation || error instanceof InvariantError)
      return { type: "broken", why: error.message };
    throw error;
  }
};

const rebooted = (setting: Setting, local: Local, written: number): Running => {
  const dying = running(local);
  for (const one of local.writes.slice(0, written)) writeDown(dying, one);
  return running(restarted(setting, dying));
};

const act = (setting: Setting, node: Running, move: Move): void => {
  const { state } = node;
  switch (move.type) {
    case "timeOut":
      node.state = { ...state, electionElapsed: state.electionTimeout - 1 };
      take(node, { type: "tick" });
      if (setting.preVotes !== true) grantAll(node);
      return;
    case "beat":
      return take(node, { type: "tick" });
    case "checkQuorum":
      node.state = { ...state, electionElapsed: state.options.electionTicks - 1 };
      return take(node, { type: "tick" });
    case "write":
      return write(node);
    case "work":
      return work(node, move.at);
    case "apply":
      return take(node, { type: "applied", index: node.machine.length });
    case "restart":
      return;
    case "ask":
      if (move.input.type === "read") node.told.push({ type: "asks", id: move.input.id });
      return take(node, move.input);
    case "deliver":
      if (move.deaf) node.state = { ...state, electionElapsed: state.options.electionTicks };
      return take(node, { type: "message", message: move.message });
  }
};

/** Everybody who votes says yes to a pre-vote, and the questions are not sent. */
const grantAll = (node: Running): void => {
  const { id, sent } = node;
  const { voters, outgoing } = membersIn(node.state);
  const asked = sent.filter(({ type }) => type === "preVoteRequest");
  sent.splice(0, sent.length, ...sent.filter(({ type }) => type !== "preVoteRequest"));
  for (const from of new Set([...voters, ...outgoing])) {
    const { role, term, round } = node.state;
    if (asked.length === 0 || from === id || role !== "preCandidate") continue;
    const answer = { type: "preVoteResponse", from, to: id, term: term + 1, round, granted: true } as const;
    take(node, { type: "message", message: answer });
  }
};

/** Does what takes no time in this setting. */
const settle = ({ lateDisk, lateApply }: Setting, node: Running): void => {
  for (;;) {
    if (lateDisk !== true && node.writes.length > 0) write(node);
    else if (lateDisk !== true && node.jobs.length > 0) work(node, 0);
    else if (lateApply !== true && node.machine.length > node.state.applied)
      take(node, { type: "applied", index: node.machine.length });
    else return;
  }
};

/** What of such a move there may be only so much. */
export const costOf = (move: Move): Cost | null => {
  switch (move.type) {
    case "timeOut":
      return "timeouts";
    case "beat":
      return "heartbeats";
    case "checkQuorum":
      return "quorumChecks";
    case "restart":
      return "crashes";
    case "ask":
      return askingCosts[move.input.type] ?? null;
    case "write":
    case "work":
    case "apply":
    case "deliver":
      return null;
  }
};

const askingCosts: Partial<Record<RaftInput["type"], Cost>> = {
  propose: "proposals",
  read: "reads",
  transfer: "transfers",
  changeMembers: "changes",
};

type Used = (cost: Cost) => number;

/** All that may happen to a node by itself, by how much of each there was already in the whole cluster. */
export const movesOf = ({ bounds, changes = [] }: Setting, local: Local, used: Used): readonly Move[] => {
  const { state, writes, jobs, machine } = local;
  const left = (cost: Cost): boolean => used(cost) < (bounds[cost] ?? 0);
  const moves: Move[] = [];
  if (writes.length > 0) moves.push({ type: "write" });
  jobs.forEach((_, at) => moves.push({ type: "work", at }));
  if (machine.length > state.applied) moves.push({ type: "apply" });
  if (left("crashes"))
    for (let written = 0; written <= writes.length; written += 1) moves.push({ type: "restart", written });
  if (state.role !== "leader") {
    if (left("timeouts")) moves.push({ type: "timeOut" });
    return moves;
  }
  if (left("heartbeats")) moves.push({ type: "beat" });
  if (left("quorumChecks")) moves.push({ type: "checkQuorum" });
  const ask = (input: RaftInput): void => void moves.push({ type: "ask", input });
  if (left("proposals")) ask({ type: "propose", commands: [{ id: `p${used("proposals") + 1}`, data: "" }] });
  if (left("reads")) ask({ type: "read", id: `r${used("reads") + 1}` });
  if (left("transfers"))
    for (const { id } of state.progress) ask({ type: "transfer", id: "transfer", to: id });
  const change = changes[used("changes")];
  if (change !== undefined && left("changes")) ask({ type: "changeMembers", id: "change", ...change });
  return moves;
};

/** Whether a message can change nothing any more, nor be answered, whatever happens to its receiver. */
export const isDead = (message: RaftMessage, { disk, state }: Local): boolean => {
  const { term } = message;
  const durable = disk.hardState.term;
  switch (message.type) {
    case "preVoteResponse":
      return message.granted ? term <= durable : term < durable;
    case "voteResponse":
      return term < durable || (term === durable && state.role !== "candidate");
    case "appendAccepted":
    case "appendRejected":
    case "heartbeatResponse":
    case "snapshotWanted":
      // Nobody comes to lead a term that it has entered without standing, or that it has led before.
      return term < durable || (term === durable && state.role !== "candidate" && state.role !== "leader");
    case "timeoutNow":
      return term < durable;
    case "preVoteRequest":
    case "voteRequest":
    case "appendRequest":
    case "heartbeat":
    case "snapshotChunk":
      return false;
  }
};
