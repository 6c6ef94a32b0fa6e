import type { RaftMessage } from "../../../coordination/raft/message.ts";
import { lastOnDisk } from "./disk.ts";
import type { Host } from "./host.ts";
import { noteLeader, noteVote, type Ledger } from "./ledger.ts";
import { broken } from "./violation.ts";

/** What must be on the sender's disk at the moment when a message leaves: a power failure right after it must not make it a lie. */
export const checkRelease = (
  ledger: Ledger,
  { id, disk }: Pick<Host, "id" | "disk">,
  message: RaftMessage,
): void => {
  const { type, term, from, to } = message;
  const { hardState } = disk;
  if (from !== id) broken(`node ${id} speaks for node ${from}`);
  // A question about the next term and a yes to it promise nothing.
  if (type === "preVoteRequest" || (type === "preVoteResponse" && message.granted)) return;
  if (hardState.term < term) broken(`node ${id} sends ${type} of term ${term} before that is on its disk`);
  switch (type) {
    case "voteRequest":
      noteVote(ledger, term, id, id);
      if (hardState.term === term && hardState.vote !== id)
        broken(`node ${id} asks for votes before its own is on disk`);
      return;
    case "voteResponse":
      if (!message.granted) return;
      noteVote(ledger, term, id, to);
      if (hardState.term === term && hardState.vote !== to)
        broken(`node ${id} grants a vote before that is on disk`);
      return;
    case "appendAccepted":
      // One sync may have carried this and the writes of a later term, which cut the log: it was true in its own term.
      if (hardState.term === term && message.match > lastOnDisk(disk))
        broken(`node ${id} acknowledges entries up to ${message.match}, and has ${lastOnDisk(disk)} on disk`);
      return;
    case "appendRequest":
    case "heartbeat":
    case "snapshotChunk":
    case "timeoutNow":
      noteLeader(ledger, term, id);
      return;
    case "preVoteResponse":
    case "appendRejected":
    case "heartbeatResponse":
    case "snapshotWanted":
  }
};
