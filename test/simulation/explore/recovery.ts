import { InvariantError } from "../../../coordination/protocol/invariant.ts";
import type { RaftMessage } from "../../../coordination/raft/message.ts";
import { everyone, membersIn } from "../raft/log-reading.ts";
import { Violation } from "../raft/violation.ts";
import type { Sampling } from "./explore.ts";
import { running, take, work, write, type Running } from "./running.ts";
import type { View } from "./successors.ts";

/** Election timeouts within which a cluster that is well must have committed something new everywhere. */
const patience = 60;

/** Most messages that one tick of all nodes may bring about. */
const messagesMax = 10_000;

/** From each `every`th state that was new: whether the cluster gets well once nothing is lost any more. */
export const recoveries = (every: number): Sampling => ({
  take: (space, state, seen) => {
    if (seen % every > 0) return null;
    const view = space.view(state);
    return ailing(view, view.messages) ?? ailing(view, []);
  },
});

/**
 * Lets fair rounds pass: each node takes a tick, and everything that follows from it happens. `arriving` are the messages that
 * come yet. Returns what is wrong, if in the end no leader has brought a new command to all members.
 */
export const ailing = ({ locals }: View, arriving: readonly RaftMessage[]): string | null => {
  const nodes = new Map(locals.map((local) => [local.id, running(local)]));
  const some = locals[0];
  if (some === undefined) return null;
  const rounds = patience * some.state.options.electionTicks;
  try {
    deliverAll(nodes, arriving);
    for (let round = 0; round < rounds; round += 1) {
      for (const node of nodes.values()) take(node, { type: "tick" });
      deliverAll(nodes, []);
      if (isWell(nodes)) return null;
      const leader = leaderOf(nodes);
      if (leader !== undefined && !leader.machine.some(isLast))
        take(leader, { type: "propose", commands: [{ id: last, data: "" }] });
    }
  } catch (error) {
    if (error instanceof Violation || error instanceof InvariantError) return error.message;
    throw error;
  }
  const states = [...nodes.values()].map(
    ({ id, state: { role, term, commit } }) => `${id} ${role} of term ${term} at ${commit}`,
  );
  return `no new command comes to all members within ${patience} election timeouts of health: ${states.join(", ")}`;
};

const last = "last";

const isLast = (text: string): boolean => text.includes(`"id":"${last}"`);

const leaderOf = (nodes: ReadonlyMap<number, Running>): Running | undefined => {
  let found: Running | undefined;
  for (const node of nodes.values())
    if (node.state.role === "leader" && node.state.term > (found?.state.term ?? -1)) found = node;
  return found;
};

const isWell = (nodes: ReadonlyMap<number, Running>): boolean => {
  const leader = leaderOf(nodes);
  if (leader === undefined) return false;
  const members = membersIn(leader.state);
  return (
    members.outgoing.length === 0 &&
    members.voters.includes(leader.id) &&
    everyone(members).every((id) => nodes.get(id)?.machine.some(isLast) === true)
  );
};

const deliverAll = (nodes: ReadonlyMap<number, Running>, arriving: readonly RaftMessage[]): void => {
  const queue = [...arriving];
  const collect = (): void => {
    for (const node of nodes.values()) {
      while (node.writes.length > 0 || node.jobs.length > 0 || node.machine.length > node.state.applied) {
        if (node.writes.length > 0) write(node);
        else if (node.jobs.length > 0) work(node, 0);
        else take(node, { type: "applied", index: node.machine.length });
      }
      queue.push(...node.sent.splice(0));
    }
  };
  collect();
  for (let at = 0; at < queue.length; at += 1) {
    if (at > messagesMax) throw new Violation("the cluster never comes to rest");
    const message = queue[at];
    const node = message === undefined ? undefined : nodes.get(message.to);
    if (message === undefined || node === undefined) continue;
    take(node, { type: "message", message });
    collect();
  }
};
