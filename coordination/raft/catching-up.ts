import { lastIndexOf } from "./log.ts";
import { setProgress } from "./progress.ts";
import type { Progress, RaftState } from "./state.ts";
import type { Turn } from "./turn.ts";
import type { LogIndex } from "./types.ts";

/** Election timeouts within which a member has to gain on us. */
const patience = 4;

type Lagging = Pick<RaftState, "log" | "options">;

const lagOf = ({ log }: Pick<RaftState, "log">, match: LogIndex): number => lastIndexOf(log) - match;

/** What is known at first of a member that has just taken our snapshot, and goes on by the log. */
export const startCatchUp = (state: Lagging, match: LogIndex): Progress["catchUp"] =>
  unlessCaughtUp(state, match, { lag: lagOf(state, match), waited: 0 });

/** A member has caught up once it lacks no more than what a compaction leaves in any case. */
export const unlessCaughtUp = (
  state: Lagging,
  match: LogIndex,
  catchUp: Progress["catchUp"],
): Progress["catchUp"] => (lagOf(state, match) <= state.options.trailingEntries ? null : catchUp);

/** One that does not gain on us never will. */
export const tickCatchUps = (turn: Turn): void => {
  const { state } = turn;
  for (const peer of state.progress) {
    if (peer.catchUp === null) continue;
    const waited = peer.catchUp.waited + 1;
    const lag = lagOf(state, peer.match);
    const isTime = waited >= patience * state.options.electionTicks;
    if (!isTime) setProgress(turn, { ...peer, catchUp: { ...peer.catchUp, waited } });
    else setProgress(turn, { ...peer, catchUp: lag < peer.catchUp.lag ? { lag, waited: 0 } : null });
  }
};

/**
 * Up to where the log may be compacted for the sake of members that took a snapshot: without what came while they took it
 * they would need another one, and under steady load another after that. What is kept shrinks, since they gain on us.
 */
export const compactableTo = ({ progress }: Pick<RaftState, "progress">): LogIndex => {
  let upTo = Number.POSITIVE_INFINITY;
  for (const { catchUp, match } of progress) if (catchUp !== null) upTo = Math.min(upTo, match);
  return upTo;
};
