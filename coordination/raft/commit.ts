import { charsBetween, entriesBetween, termAt } from "./log.ts";
import { matchOf } from "./progress.ts";
import { quorumValue } from "./quorum.ts";
import { replicateToAll } from "./replication.ts";
import { membersOf, type Turn } from "./turn.ts";
import type { LogIndex } from "./types.ts";

/**
 * A leader's entry is committed once a quorum has it on disk. Only entries of its own term are counted; earlier ones come
 * with them (thesis, 3.6.2, figure 3.7).
 */
export const commitByCounting = (turn: Turn): void => {
  const { state } = turn;
  const reached = quorumValue(membersOf(state), matchOf(state));
  if (reached <= state.commit || termAt(state.log, reached) !== state.term) return;
  state.uncommittedChars -= charsBetween(state.log, state.commit + 1, reached);
  commitTo(turn, reached);
  if (!state.options.lazyCommit) replicateToAll(turn, "commit");
};

export const commitTo = ({ state }: Turn, index: LogIndex): void => {
  if (index > state.commit) state.commit = index;
};

/** Hands over what is committed and on our own disk. */
export const applyCommitted = ({ state, effects }: Turn): void => {
  const upTo = Math.min(state.commit, state.stable);
  if (state.restoring !== null || upTo <= state.applying) return;
  effects.push({ type: "apply", entries: entriesBetween(state.log, state.applying + 1, upTo) });
  state.applying = upTo;
};
