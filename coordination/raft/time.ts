import { tickCatchUps } from "./catching-up.ts";
import { campaign, isDiskStalled } from "./election.ts";
import { broadcastHeartbeat, checkQuorum } from "./reads.ts";
import { becomeFollower, mayStand, restartElectionTimer } from "./roles.ts";
import { resendChunks } from "./snapshot-sending.ts";
import { tickTransfer } from "./transfer.ts";
import type { Turn } from "./turn.ts";

export const onTick = (turn: Turn): void => {
  const { state } = turn;
  state.electionElapsed += 1;
  if (state.writes.length > 0) state.stalledTicks += 1;
  if (state.role === "leader") leaderTick(turn);
  else if (state.electionElapsed >= state.electionTimeout) {
    if (mayStand(state)) campaign(turn);
    else if (state.leader === null) restartElectionTimer(state);
    else becomeFollower(turn, state.term, null);
  }
};

const leaderTick = (turn: Turn): void => {
  const { state } = turn;
  if (isDiskStalled(state)) return becomeFollower(turn, state.term, null);
  if (state.electionElapsed >= state.options.electionTicks) {
    state.electionElapsed = 0;
    // A leader that most do not answer may have been replaced; at least it is of no use.
    if (!checkQuorum(turn)) return becomeFollower(turn, state.term, null);
  }
  tickTransfer(turn);
  resendChunks(turn);
  tickCatchUps(turn);
  state.heartbeatElapsed += 1;
  if (state.heartbeatElapsed < state.options.heartbeatTicks) return;
  state.heartbeatElapsed = 0;
  broadcastHeartbeat(turn);
};
