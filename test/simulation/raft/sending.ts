import type { AppendRequest, RaftMessage } from "../../../coordination/raft/message.ts";
import type { Entry } from "../../../coordination/raft/types.ts";
import { note, type Cluster } from "./cluster.ts";
import type { Host } from "./host.ts";
import { entryOf, termOf } from "./log-reading.ts";
import { checkRelease } from "./releases.ts";

/** A message that waits for nothing more goes out. */
export const release = (cluster: Cluster, host: Host, message: RaftMessage): void => {
  checkRelease(cluster.ledger, host, message);
  cluster.network.send(message);
  if (message.type === "appendRequest") sendReshaped(cluster, host, message);
};

/**
 * What a leader may send is any stretch of its log; which one this leader chose is its own affair. Now and then another
 * leaves too, that begins earlier and ends anywhere: a follower must be safe with that as well.
 */
const sendReshaped = (cluster: Cluster, { state }: Host, append: AppendRequest): void => {
  const { diskDice, storm, network } = cluster;
  if (!diskDice.chance(storm.reshaping) || state.role !== "leader" || state.term !== append.term) return;
  const prevIndex = Math.max(state.log.base, append.prevIndex - diskDice.below(8));
  const room = append.prevIndex + append.entries.length - prevIndex;
  if (room < 0) return;
  const last = prevIndex + diskDice.below(room + 1);
  const entries: Entry[] = [];
  for (let index = prevIndex + 1; index <= last; index += 1) {
    const entry = entryOf(state.log, index);
    if (entry === undefined) return;
    entries.push(entry);
  }
  note(cluster, "reshaped append");
  network.send({ ...append, prevIndex, prevTerm: termOf(state.log, prevIndex), entries });
};
