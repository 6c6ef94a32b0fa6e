import type { RunId } from "../protocol/ids.ts";
import type { Position, StoredRow } from "./log.ts";
import type { Store } from "./store.ts";

/** Tells sleepers that something was committed, or that the log is closed. */
export type WakeUps = {
  /** Resolves at the next commit of this process, after `pollMs`, on abort, or at the end: whichever comes first. */
  next(signal: AbortSignal, pollMs: number | undefined): Promise<void>;
  wake(): void;
  end(): void;
  readonly ended: boolean;
};

export const wakeUps = (): WakeUps => {
  const sleepers = new Set<() => void>();
  let ended = false;
  const wake = (): void => {
    for (const rise of [...sleepers]) rise();
  };
  return {
    next: (signal, pollMs) =>
      new Promise((resolve) => {
        if (signal.aborted || ended) return resolve();
        const timer = pollMs === undefined ? undefined : setTimeout(() => rise(), pollMs);
        const rise = (): void => {
          clearTimeout(timer);
          sleepers.delete(rise);
          signal.removeEventListener("abort", rise);
          resolve();
        };
        sleepers.add(rise);
        signal.addEventListener("abort", rise);
      }),
    wake,
    end: () => {
      ended = true;
      wake();
    },
    get ended() {
      return ended;
    },
  };
};

export type Followed = {
  readonly run: RunId;
  readonly from: Position;
  readonly signal: AbortSignal;
  readonly store: Pick<Store, "rows" | "read">;
  readonly wakes: WakeUps;
  readonly pollMs: number | undefined;
};

/** Durable rows as they come, to the abort or the close of the log. */
export async function* followRows({
  run,
  from,
  signal,
  store,
  wakes,
  pollMs,
}: Followed): AsyncGenerator<StoredRow> {
  let next = from;
  while (!signal.aborted && !wakes.ended) {
    const rows = store.rows(run);
    for (const row of store.read(run, next, rows)) {
      yield row;
      next = row.position + 1;
      if (signal.aborted || wakes.ended) return;
    }
    if (next >= rows) await wakes.next(signal, pollMs);
  }
}
