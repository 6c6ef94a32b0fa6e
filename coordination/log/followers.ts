import type { RunId } from "../protocol/ids.ts";
import { followRows, wakeUps } from "./follow.ts";
import { openInbox, type Inbox } from "./inbox.ts";
import type { EventLog, FollowedRow } from "./log.ts";
import { charsOf, type PendingAddition } from "./pending.ts";
import type { Store } from "./store.ts";

/** Those who follow runs of a log, each with an inbox for what becomes durable. */
export const followersOf = (store: Pick<Store, "rows" | "read">, pollMs: number | undefined) => {
  const inboxes = new Map<RunId, Set<Inbox>>();
  let wakes = wakeUps();

  async function* follow(
    run: RunId,
    { from = 0, signal }: Parameters<EventLog["follow"]>[1],
  ): AsyncGenerator<FollowedRow> {
    const inbox = openInbox();
    const others = inboxes.get(run) ?? new Set();
    inboxes.set(run, others.add(inbox));
    try {
      yield* followRows({ run, from, signal, store, inbox, wakes, pollMs });
    } finally {
      others.delete(inbox);
      if (others.size === 0) inboxes.delete(run);
    }
  }

  const put = ({ run, first, rows, appended }: PendingAddition): void => {
    if (appended.length === 0) return;
    const earlier = rows.length - appended.length;
    const chars = rows.slice(earlier).reduce((sum, row) => sum + charsOf(row), 0);
    for (const inbox of inboxes.get(run) ?? []) inbox.put(first + earlier, appended, chars);
  };

  return {
    follow,
    /** Whether somebody follows the run. */
    has: (run: RunId): boolean => inboxes.has(run),
    /** These are durable now. */
    tell: (additions: Iterable<PendingAddition>): void => {
      for (const addition of additions) put(addition);
      wakes.wake();
    },
    /** The log is closed: nothing comes for anyone any more. */
    end: (): void => wakes.end(),
    /** Nothing more comes for those who follow now. */
    forget: (): void => {
      wakes.end();
      wakes = wakeUps();
    },
  };
};
