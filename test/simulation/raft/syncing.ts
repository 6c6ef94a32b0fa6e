import type { DurableWrite, WriteToken } from "../../../coordination/raft/types.ts";
import { note, type Cluster } from "./cluster.ts";
import { writeToDisk } from "./disk.ts";
import { whenAwake, type Host } from "./host.ts";
import { noteVote } from "./ledger.ts";
import { release } from "./sending.ts";

/** What a process does by itself, soon, unless it dies before. */
export const later = (cluster: Cluster, host: Host, act: () => void): void => {
  const { life } = host;
  cluster.agenda.in(cluster.diskDice.below(200), () => {
    if (host.life === life) whenAwake(host, act);
  });
};

/** Does something on disk that takes its time; `act` returns what the process then does about it. */
export const onDisk = (cluster: Cluster, host: Host, act: () => () => void): void => {
  const { agenda, diskDice, storm } = cluster;
  const { life } = host;
  const attempt = (): void => {
    if (host.life !== life) return;
    const stalledUs = host.stalledUntilUs - agenda.nowUs();
    if (stalledUs > 0) agenda.in(stalledUs, attempt);
    else whenAwake(host, act());
  };
  agenda.in(1 + diskDice.below(storm.diskUs), attempt);
};

/** One at a time, but a sync may carry several writes. */
export const work = (cluster: Cluster, host: Host): void => {
  if (host.writing || host.writes.length === 0) return;
  host.writing = true;
  if (cluster.planted.lyingDisk === true) {
    const newest = host.writes.at(-1)?.token ?? 0;
    later(cluster, host, () => synced(cluster, host, newest));
  }
  const { doom } = host;
  if (doom !== null) {
    host.doom = null;
    later(cluster, host, doom);
  }
  onDisk(cluster, host, () => {
    const done = host.writes.splice(0, 1 + cluster.diskDice.below(host.writes.length));
    for (const write of done) writeAndNote(cluster, host, write);
    host.writing = false;
    work(cluster, host);
    const upTo = done.at(-1)?.token ?? 0;
    return () => synced(cluster, host, upTo);
  });
};

const synced = (cluster: Cluster, host: Host, upTo: WriteToken): void => {
  if (upTo <= host.durable) return;
  host.durable = upTo;
  const { held } = host;
  host.held = held.filter(({ after }) => (after ?? 0) > upTo);
  for (const sent of held) if ((sent.after ?? 0) <= upTo) release(cluster, host, sent);
  cluster.step(host, { type: "persisted", upTo });
};

const writeAndNote = ({ ledger }: Cluster, host: Host, write: DurableWrite): void => {
  const { hardState } = write;
  writeToDisk(host.disk, write);
  if (hardState !== null && hardState.vote !== null)
    noteVote(ledger, hardState.term, host.id, hardState.vote);
};

/** Writes reach the disk in order, so what survives of the unsynced ones is a head of their row; the next may be torn. */
export const crashDisk = (cluster: Cluster, host: Host): void => {
  const { diskDice } = cluster;
  if (host.writes.length === 0) return;
  const surviving = diskDice.below(host.writes.length + 1);
  for (const write of host.writes.slice(0, surviving)) writeAndNote(cluster, host, write);
  const torn = host.writes[surviving];
  if (torn === undefined) return note(cluster, "unsynced writes survived");
  note(cluster, "lost unsynced tail");
  if (cluster.planted.disorder === true)
    for (const write of host.writes.slice(surviving + 1)) writeAndNote(cluster, host, write);
  // A store knows a torn write when it sees one, and takes it for none.
  if (diskDice.chance(0.5)) note(cluster, "torn write");
};
