import type { AppendRequest } from "../../../coordination/raft/message.ts";
import type { Entry } from "../../../coordination/raft/types.ts";
import type { Posted } from "../../driver/network.ts";
import type { SentMessage } from "../../driver/trace.ts";
import { note, type Cluster } from "./cluster.ts";
import type { Host } from "./host.ts";
import { entryOf, termOf } from "./log-reading.ts";
import { checkRelease } from "./releases.ts";

/** A message goes out at once, or when the write is on disk that it waits for. */
export const send = (cluster: Cluster, host: Host, sent: Required<SentMessage>): void => {
  const { message, after } = sent;
  if (message.type === "appendAccepted")
    host.witness.acknowledged = { term: message.term, match: message.match };
  if (message.type === "snapshotChunk") note(cluster, "snapshot chunk");
  if (after === null || after <= host.durable || cluster.planted.hasty === true) release(cluster, host, sent);
  else host.held.push(sent);
};

/** A message that waits for nothing more goes out. */
export const release = (cluster: Cluster, host: Host, posted: Posted): void => {
  const { message } = posted;
  checkRelease(cluster.ledger, host, message);
  cluster.network.send(posted);
  if (message.type === "appendRequest") sendReshaped(cluster, host, message);
};

/**
 * What a leader may send is any stretch of its log; which one this leader chose is its own affair. Now and then another
 * leaves too, that begins earlier and ends anywhere: a follower must be safe with that as well.
 */
const sendReshaped = (cluster: Cluster, { id, state }: Host, append: AppendRequest): void => {
  const { diskDice, storm, network, watch, agenda } = cluster;
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
  const message = { ...append, prevIndex, prevTerm: termOf(state.log, prevIndex), entries };
  const sent = { id: cluster.numberMessage(), after: null, message };
  watch.stepped?.({
    at: agenda.nowUs(),
    node: id,
    input: { type: "reshape" },
    state,
    effects: [],
    sent: [sent],
  });
  network.send(sent);
};
