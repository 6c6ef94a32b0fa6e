import type { RaftInput } from "./io.ts";
import { lastIndexOf } from "./log.ts";
import { progressOf } from "./progress.ts";
import { replicate } from "./replication.ts";
import { isVoter } from "./roles.ts";
import { reject, send, type Turn } from "./turn.ts";
import type { NodeId } from "./types.ts";

/** Hands leadership to a voter as soon as its log is as long as ours (thesis, 3.10). Proposals wait outside meanwhile. */
export const onTransfer = (turn: Turn, { id, to }: Extract<RaftInput, { type: "transfer" }>): void => {
  const { state } = turn;
  if (state.role !== "leader") return reject(turn, id, "notLeader");
  const peer = progressOf(state, to);
  if (peer === undefined || !isVoter(state, to)) return reject(turn, id, "invalid");
  if (state.transfer !== null) return reject(turn, id, "transferring");
  state.transfer = { to, elapsed: 0 };
  if (peer.match === lastIndexOf(state.log)) handOver(turn, to);
  else replicate(turn, peer, "commit");
};

/** The chosen voter may have caught up. */
export const handOverWhenReady = (turn: Turn, from: NodeId): void => {
  const { state } = turn;
  if (state.transfer?.to === from && progressOf(state, from)?.match === lastIndexOf(state.log))
    handOver(turn, from);
};

export const handOver = (turn: Turn, to: NodeId): void => {
  const { id, term } = turn.state;
  send(turn, { type: "timeoutNow", from: id, to, term }, "vote");
};

/** After an election timeout it is given up, and proposals are taken again. */
export const tickTransfer = ({ state }: Turn): void => {
  if (state.transfer === null) return;
  const elapsed = state.transfer.elapsed + 1;
  state.transfer = elapsed >= state.options.electionTicks ? null : { ...state.transfer, elapsed };
};
