import type { BusHandler, BusMessage } from "./bus.ts";

/** The waiting messages of one subscription, handed to its handler one at a time, in order. */
export type Mailbox = {
  /** Queues a message. Above `maxPending` the mailbox stops and tells `overflowed`. */
  readonly offer: (message: BusMessage) => void;
  /** Drops what waits and hands over nothing more. */
  readonly stop: () => void;
  /** Resolves when what waits now was handed over, or waits only for a handler that is still running. */
  readonly catchUp: () => Promise<void>;
  /** Resolves when nothing waits and no handler runs; the mailbox has then stopped. */
  readonly finish: () => Promise<void>;
};

export type MailboxDeps = {
  readonly handler: BusHandler;
  readonly maxPending: number;
  /** Runs the given step later. Each step hands over one message, so the caller decides how mailboxes interleave. */
  readonly schedule: (step: () => void) => void;
  readonly overflowed: () => void;
  readonly handlerFailed: (cause: unknown) => void;
};

type Follower = { readonly upTo: number; readonly tell: () => void };

/** An empty mailbox. */
export const mailbox = ({
  handler,
  maxPending,
  schedule,
  overflowed,
  handlerFailed,
}: MailboxDeps): Mailbox => {
  let waiting: BusMessage[] = [];
  let taken = 0;
  let handedOver = 0;
  let isBusy = false;
  let isAwaiting = false;
  let isStopped = false;
  const finishers: (() => void)[] = [];
  let followers: Follower[] = [];

  const stop = (): void => {
    isStopped = true;
    waiting = [];
    taken = 0;
    tellFollowers();
    for (const finished of finishers.splice(0)) finished();
  };

  const take = (): BusMessage | undefined => {
    const message = waiting[taken];
    taken += 1;
    if (taken >= waiting.length || taken === COMPACT_AFTER) {
      waiting.splice(0, taken);
      taken = 0;
    }
    return message;
  };

  const handOver = (): void => {
    const message = take();
    if (isStopped || message === undefined) return;
    handedOver += 1;
    let running: void | Promise<void>;
    try {
      running = handler(message);
    } catch (cause) {
      fail(cause);
      return;
    }
    if (running === undefined) {
      goOn();
      return;
    }
    isAwaiting = true;
    tellFollowers();
    Promise.resolve(running).then(goOn, fail);
  };

  const fail = (cause: unknown): void => {
    handlerFailed(cause);
    goOn();
  };

  const goOn = (): void => {
    isAwaiting = false;
    if (isStopped) return;
    if (followers.length > 0) tellFollowers();
    if (waiting.length > taken) {
      schedule(handOver);
      return;
    }
    isBusy = false;
    if (finishers.length > 0) stop();
  };

  const tellFollowers = (): void => {
    const isDone = ({ upTo }: Follower): boolean => isStopped || isAwaiting || upTo <= handedOver;
    const done = followers.filter(isDone);
    followers = followers.filter((follower) => !isDone(follower));
    for (const { tell } of done) tell();
  };

  return {
    offer(message) {
      if (isStopped) return;
      if (waiting.length - taken >= maxPending) {
        stop();
        overflowed();
        return;
      }
      waiting.push(message);
      if (isBusy) return;
      isBusy = true;
      schedule(handOver);
    },
    stop,
    catchUp: () =>
      new Promise((tell) => {
        followers.push({ upTo: handedOver + waiting.length - taken, tell });
        tellFollowers();
      }),
    finish: () =>
      new Promise((resolve) => {
        finishers.push(resolve);
        if (isStopped || !isBusy) stop();
      }),
  };
};

// Taken messages are cut off in blocks: shifting one by one would cost as much as the queue is long.
const COMPACT_AFTER = 1_024;
