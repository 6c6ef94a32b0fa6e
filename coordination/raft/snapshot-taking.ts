import { compactableTo } from "./catching-up.ts";
import type { RaftInput } from "./io.ts";
import { compacted, termAt } from "./log.ts";
import { isSendingSnapshot } from "./snapshot-sending.ts";
import type { RaftState } from "./state.ts";
import type { Turn } from "./turn.ts";
import type { LogIndex, Members } from "./types.ts";

/** Asks the host for a snapshot once enough was applied since the last; taking it costs no tick and holds nothing up. */
export const takeSnapshotIfDue = (turn: Turn): void => {
  const { state, effects } = turn;
  const index = state.applying;
  if (state.taking !== null || index - (state.snapshot?.index ?? 0) < state.options.snapshotEvery) return;
  const term = termAt(state.log, index);
  if (term === undefined || isSendingSnapshot(turn)) return;
  const members = membersAt(state, index);
  // A node that was added later does not know who the first members were, and its snapshot would say that there were none.
  if (members.voters.length === 0) return;
  const snapshot = { index, term, members };
  state.taking = snapshot;
  effects.push({ type: "takeSnapshot", snapshot });
};

/** Forgets what the snapshot holds, but for some entries that followers may still want. */
export const onSnapshotTaken = (
  turn: Turn,
  { index, length }: Extract<RaftInput, { type: "snapshotTaken" }>,
): void => {
  const { state, effects } = turn;
  const { taking } = state;
  if (taking === null || taking.index !== index) return;
  state.taking = null;
  state.snapshot = { ...taking, length };
  const spare = Math.min(index - state.options.trailingEntries, compactableTo(state));
  const upTo = Math.max(state.log.base, spare);
  if (upTo === state.log.base) return;
  state.history = [
    { index: upTo, members: membersAt(state, upTo) },
    ...state.history.filter((change) => change.index > upTo),
  ];
  state.log = compacted(state.log, upTo);
  effects.push({ type: "compact", upTo });
};

const membersAt = ({ history }: Pick<RaftState, "history">, index: LogIndex): Members => {
  const change = history.findLast((change) => change.index <= index) ?? history[0];
  return change?.members ?? { voters: [], outgoing: [], learners: [] };
};
