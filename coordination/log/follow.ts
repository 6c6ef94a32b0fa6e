import type { RunId } from "../protocol/ids.ts";
import type { Inbox } from "./inbox.ts";
import type { FollowedRow, Position } from "./log.ts";
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
  readonly inbox: Inbox;
  readonly wakes: WakeUps;
  readonly pollMs: number | undefined;
};

/** Durable rows as they come, to the abort or the close of the log. */
export async function* followRows({
  run,
  from,
  signal,
  store,
  inbox,
  wakes,
  pollMs,
}: Followed): AsyncGenerator<FollowedRow> {
  let next = from;
  while (!signal.aborted && !wakes.ended) {
    const end = store.rows(run);
    for (const { row, position } of newRows({ run, store, inbox }, next, end)) {
      yield { row, position };
      next = position + 1;
      if (signal.aborted || wakes.ended) return;
    }
    // Counted again: what was committed while rows were taken woke nobody.
    if (next >= store.rows(run)) await wakes.next(signal, pollMs);
  }
}

/** What the inbox does not have is read from the disk. */
function* newRows(
  { run, store, inbox }: Pick<Followed, "run" | "store" | "inbox">,
  next: Position,
  end: Position,
): Generator<FollowedRow> {
  const recent = inbox.take();
  const first = recent?.first ?? end;
  if (next < first) yield* store.read(run, next, first);
  let position = first;
  for (const row of recent?.rows ?? []) {
    if (position >= next) yield { row, position };
    position += 1;
  }
}
