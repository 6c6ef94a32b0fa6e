import type { RaftEffect } from "../../../coordination/raft/io.ts";
import type { Entry, LogIndex } from "../../../coordination/raft/types.ts";
import type { SentMessage } from "../../driver/trace.ts";
import { note, type Cluster } from "./cluster.ts";
import { compactDisk } from "./disk.ts";
import type { Host } from "./host.ts";
import { noteApplied } from "./ledger.ts";
import { entryOf } from "./log-reading.ts";
import { applyTo } from "./machine.ts";
import { send } from "./sending.ts";
import { restore, stage, takeSnapshot } from "./snapshots.ts";
import { later, work } from "./syncing.ts";
import { broken } from "./violation.ts";

/** Does one thing that a node asks for, or begins to; `sent` is the message that it asks for, if it is one. */
export const perform = (
  cluster: Cluster,
  host: Host,
  effect: RaftEffect,
  sent: Required<SentMessage> | undefined,
): void => {
  switch (effect.type) {
    case "persist":
      if (effect.write.truncateFrom !== null) note(cluster, "log cut");
      return work(cluster, host);
    case "send":
    case "sendChunk":
      return sent === undefined ? undefined : send(cluster, host, sent);
    case "stage":
      return stage(cluster, host, effect);
    case "apply":
      return apply(cluster, host, effect.entries);
    case "restore":
      return restore(cluster, host, effect.snapshot);
    case "takeSnapshot":
      return takeSnapshot(cluster, host, effect.snapshot);
    case "compact":
      return compactDisk(host.disk, effect.upTo);
    case "accepted":
      checkUncommitted(host, effect.index);
      effect.ids.forEach((id, at) => {
        const { payload } = entryOf(host.state.log, effect.index + at) ?? {};
        if (payload?.type === "command" && payload.id !== id)
          broken(`node ${host.id} says that ${id} stands where ${payload.id} does`);
        host.asked.get(id)?.(effect);
      });
      return;
    case "readReady": {
      const since = host.reads.get(effect.id);
      if (since !== undefined && effect.index < since)
        broken(`node ${host.id} serves a read at ${effect.index} that came when ${since} was committed`);
      if (host.machine.applied < effect.index)
        broken(`node ${host.id} serves a read at ${effect.index}, and has applied ${host.machine.applied}`);
      host.asked.get(effect.id)?.(effect);
      return;
    }
    case "rejected":
      host.asked.get(effect.id)?.(effect);
      return;
    case "roleChanged":
      if (effect.term > host.state.term) broken(`node ${host.id} announces a term that it is not in`);
  }
};

/** A leader takes commands only while what it has not committed stays within its bound. */
const checkUncommitted = ({ id, state }: Host, accepted: LogIndex): void => {
  if (entryOf(state.log, accepted)?.payload.type !== "command") return;
  let chars = 0;
  for (let index = state.commit + 1; index < accepted; index += 1) {
    const payload = entryOf(state.log, index)?.payload;
    if (payload?.type === "command") chars += payload.data.length;
  }
  if (chars > state.options.uncommittedCharsMax)
    broken(`leader ${id} takes commands while ${chars} characters are not committed`);
};

const apply = (cluster: Cluster, host: Host, entries: readonly Entry[]): void => {
  const { machine, disk } = host;
  for (const entry of entries) {
    if (entry.index !== machine.applied + 1)
      broken(`node ${host.id} applies entry ${entry.index} after ${machine.applied}`);
    if (entry.index > disk.base + disk.entries.length)
      broken(`node ${host.id} applies entry ${entry.index}, which is not on its disk`);
    if (cluster.planted.noSessions === true && entry.payload.type === "command")
      machine.answers.delete(entry.payload.id);
    const answer = applyTo(machine, entry);
    noteApplied(cluster.ledger, entry, machine.digest, host.id);
    const waiting = host.waiting.get(entry.index);
    if (waiting === undefined) continue;
    host.waiting.delete(entry.index);
    waiting.settled(waiting.term === entry.term ? answer : null);
  }
  later(cluster, host, () => cluster.step(host, { type: "applied", index: machine.applied }));
};
