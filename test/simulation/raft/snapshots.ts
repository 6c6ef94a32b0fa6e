import type { RaftEffect } from "../../../coordination/raft/io.ts";
import type { SnapshotMeta } from "../../../coordination/raft/types.ts";
import { note, type Cluster } from "./cluster.ts";
import { keepSnapshot } from "./disk.ts";
import type { Host } from "./host.ts";
import { membersAt } from "./ledger.ts";
import { sameMembers } from "./log-reading.ts";
import { dataOf, machineOf } from "./machine.ts";
import { later, onDisk } from "./syncing.ts";
import { broken } from "./violation.ts";

export const takeSnapshot = (cluster: Cluster, host: Host, snapshot: Omit<SnapshotMeta, "length">): void => {
  const { ledger } = cluster;
  const { index, term, members } = snapshot;
  const { machine } = host;
  if (machine.applied !== index) broken(`node ${host.id} takes a snapshot of ${index} at ${machine.applied}`);
  if (ledger.committed[index]?.entry.term !== term || !sameMembers(members, membersAt(ledger, index)))
    broken(`node ${host.id} takes a snapshot of ${index} with another term or other members`);
  const data = dataOf(machine);
  onDisk(cluster, host, () => {
    keepSnapshot(host.disk, { meta: { ...snapshot, length: data.length }, data });
    return () => cluster.step(host, { type: "snapshotTaken", index, length: data.length });
  });
};

export const restore = (cluster: Cluster, host: Host, { index, term }: SnapshotMeta): void => {
  const { snapshot } = host.disk;
  if (snapshot?.meta.index !== index || snapshot.meta.term !== term)
    return broken(`node ${host.id} restores a snapshot that it does not have`);
  host.machine = machineOf(snapshot.data);
  note(cluster, "restored");
  later(cluster, host, () => cluster.step(host, { type: "applied", index }));
};

export const stage = (
  cluster: Cluster,
  host: Host,
  { snapshot, offset, data, done }: Extract<RaftEffect, { type: "stage" }>,
): void => {
  const { index, term } = snapshot;
  if (offset === 0) host.staging = { index, term, data: "" };
  const { staging } = host;
  if (staging?.index !== index || staging.term !== term || staging.data.length !== offset)
    return broken(`node ${host.id} stages a snapshot with a gap before ${offset}`);
  staging.data += data;
  if (!done) return;
  const whole = staging.data;
  if (whole.length !== snapshot.length)
    broken(`node ${host.id} stages ${whole.length} of ${snapshot.length} characters`);
  onDisk(cluster, host, () => {
    host.disk.staged.push({ meta: snapshot, data: whole });
    return () => cluster.step(host, { type: "snapshotStored", index, term });
  });
};
