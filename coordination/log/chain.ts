import { encodeRow, genesisHash } from "./codec.ts";
import type { Position, StoredRow } from "./log.ts";

export type ChainVerdict =
  | { readonly type: "intact"; readonly rows: number; readonly hash: string }
  | {
      readonly type: "broken";
      readonly position: Position;
      readonly field: "position" | "hash" | "digests";
      readonly expected: string;
      readonly found: string;
    };

/** Checks one row after the other, from a run's first on: what is wrong with the chain there, or the hash so far. */
export const chainVerifier = () => {
  let hash = genesisHash;
  let next = 0;
  return (stored: StoredRow): ChainVerdict => {
    const { position } = stored;
    if (position !== next)
      return { type: "broken", position, field: "position", expected: `${next}`, found: `${position}` };
    const { hash: expected, digests } = encodeRow(stored.row, hash);
    if (expected !== stored.hash)
      return { type: "broken", position, field: "hash", expected, found: stored.hash };
    const found = stored.digests.join(" ");
    if (digests.join(" ") !== found)
      return { type: "broken", position, field: "digests", expected: digests.join(" "), found };
    hash = expected;
    next += 1;
    return { type: "intact", rows: next, hash };
  };
};

/**
 * Recomputes hashes and digests of a run's rows, read from its first row on, and says where they first disagree with what
 * is recorded. A row that was changed, added, removed or moved breaks the chain there.
 */
export const verifyChain = (rows: Iterable<StoredRow>): ChainVerdict => {
  const verify = chainVerifier();
  let verdict: ChainVerdict = { type: "intact", rows: 0, hash: genesisHash };
  for (const stored of rows) {
    verdict = verify(stored);
    if (verdict.type === "broken") break;
  }
  return verdict;
};
