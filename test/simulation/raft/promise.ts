import type { RaftEffect } from "../../../coordination/raft/io.ts";
import type { Host } from "./host.ts";
import { entryOf } from "./log-reading.ts";
import { broken } from "./violation.ts";

/** Takes note of what a turn will have on disk; the effects themselves come later. */
export const promise = (host: Host, effects: readonly RaftEffect[]): void => {
  for (const effect of effects) {
    if (effect.type !== "persist") continue;
    const { token, hardState, snapshot, truncateFrom, entries } = effect.write;
    const { promised } = host;
    if (token !== promised.token + 1)
      broken(`node ${host.id} numbers a write ${token} after ${promised.token}`);
    promised.token = token;
    if (hardState !== null) {
      promised.hardTerm = hardState.term;
      promised.vote = hardState.vote;
    }
    if (snapshot !== null) {
      promised.index = snapshot.index;
      promised.term = snapshot.term;
    }
    if (truncateFrom !== null && truncateFrom <= promised.index) {
      promised.index = truncateFrom - 1;
      promised.term = -1;
    }
    const last = entries[entries.length - 1];
    if (last === undefined) {
      if (promised.term === -1) promised.term = termBefore(host, promised.index);
    } else {
      promised.index = last.index;
      promised.term = last.term;
    }
    host.writes.push(effect.write);
  }
};

/** A write that only removes leaves the term of what comes before, which the node's own log knows. */
const termBefore = ({ state: { log } }: Host, index: number): number =>
  index === log.base ? log.baseTerm : (entryOf(log, index)?.term ?? -1);
