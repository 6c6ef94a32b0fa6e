import type { Diagnostics } from "../protocol/diagnostics.ts";
import type { RunId } from "../protocol/ids.ts";
import type { RaftMessage } from "../raft/message.ts";
import type { LogIndex, NodeId } from "../raft/types.ts";
import { lastIndexOf } from "../raft/log.ts";
import type { Proposal } from "./client.ts";
import type { Replica, ReplicaEvent } from "./replica.ts";

type Sent = { readonly reach: LogIndex; readonly atMs: number };

/** How many appends to one follower are timed at once; more go by untimed. */
const timedAtMost = 64;

/** How many entries are timed at once on their way to their commit. */
const handedAtMost = 4096;

/** Tells what the replicas of one group do that no row holds: elections, leaders, commits, answers to appends, and how they stand. */
export const watchGroup = ({ tell, watch }: Diagnostics, run: RunId, replicas: readonly Replica[]) => {
  const appends = new Map<NodeId, Sent[]>();
  /** When each entry was first handed to a leader, by its number, and in which session last. */
  const handed = new Map<string, { readonly session: LogIndex; readonly atMs: number }>();
  const standing = new Set<NodeId>();
  let leader: NodeId | undefined;

  const unwatch = watch(() =>
    replicas
      .filter((replica) => replica.alive())
      .map((replica) => {
        const state = replica.state();
        return {
          type: "replica",
          node: replica.node,
          role: state.role,
          term: state.term,
          lastIndex: lastIndexOf(state.log),
          commitIndex: state.commit,
          appliedIndex: state.applied,
        };
      }),
  );

  const roleChanged = (
    node: NodeId,
    { role }: Extract<ReplicaEvent, { readonly type: "roleChanged" }>,
  ): void => {
    const stood = standing.delete(node);
    if (role === "candidate") standing.add(node);
    if (role === "leader") {
      tell({ type: "raft.elected", outcome: "won" });
      if (leader !== undefined && leader !== node) tell({ type: "raft.leaderChanged" });
      leader = node;
      appends.clear();
    } else if (stood) tell({ type: "raft.elected", outcome: role === "follower" ? "lost" : "timed-out" });
  };

  const committed = (session: LogIndex, id: string): void => {
    const entry = handed.get(id);
    // Another replica was first, or it is told again, or one that lags tells what an earlier process had under this number.
    if (entry?.session !== session) return;
    handed.delete(id);
    tell({ type: "raft.committed", seconds: (performance.now() - entry.atMs) / 1000, run });
  };

  return {
    handed: (proposals: readonly Proposal[]): void => {
      const nowMs = performance.now();
      for (const { id, command } of proposals) {
        const known = handed.get(id);
        if (command.type === "entry.proposed" && (known !== undefined || handed.size < handedAtMost))
          handed.set(id, { session: command.session, atMs: known?.atMs ?? nowMs });
      }
    },
    posted: (message: RaftMessage): void => {
      if (message.type !== "appendRequest") return;
      const sent = appends.get(message.to) ?? [];
      if (sent.length >= timedAtMost) return;
      sent.push({ reach: message.prevIndex + message.entries.length, atMs: performance.now() });
      appends.set(message.to, sent);
    },
    received: (message: RaftMessage): void => {
      if (message.type === "appendRejected") appends.delete(message.from);
      if (message.type !== "appendAccepted") return;
      const sent = appends.get(message.from) ?? [];
      const answered = sent.filter(({ reach }) => reach <= message.match);
      const newest = answered.at(-1);
      if (newest === undefined) return;
      appends.set(
        message.from,
        sent.filter(({ reach }) => reach > message.match),
      );
      const seconds = (performance.now() - newest.atMs) / 1000;
      tell({ type: "raft.appendAnswered", node: message.to, peer: message.from, seconds });
    },
    happened: (node: NodeId, event: ReplicaEvent): void => {
      if (event.type === "answered") committed(event.session, String(event.answer.seq));
      if (event.type === "rejected") {
        handed.delete(event.id);
        tell({ type: "raft.proposalRejected" });
      }
      if (event.type === "roleChanged") roleChanged(node, event);
    },
    close: unwatch,
  };
};
