import type { Bus, BusMessage, BusStatus, SubscribeOptions } from "../../../coordination/bus/bus.ts";

/** What came in so far, and a way to wait for more without guessing how long it takes. */
export type Collected<Item> = {
  readonly items: readonly Item[];
  /** Resolves to the items once there are `count` of them; a test that waits in vain ends by its own timeout. */
  until(count: number): Promise<readonly Item[]>;
  /** Resolves to the first item that fits, of those there or those to come. */
  first(fits: (item: Item) => boolean): Promise<Item>;
};

/** Subscribes and keeps what comes. */
export const collect = (bus: Bus, subject: string, options?: SubscribeOptions): Collected<BusMessage> => {
  const { add, collected } = collector<BusMessage>();
  bus.subscribe(subject, add, options);
  return collected;
};

/** Listens and keeps each status. */
export const collectStatus = (bus: Bus): Collected<BusStatus> => {
  const { add, collected } = collector<BusStatus>();
  bus.onStatus(add);
  return collected;
};

/** A collection by hand, for handlers that do more than keep. */
export const collector = <Item>(): {
  readonly add: (item: Item) => void;
  readonly collected: Collected<Item>;
} => {
  const items: Item[] = [];
  const waiting = new Set<() => void>();
  const when = <Result>(look: () => Result | undefined): Promise<Result> =>
    new Promise((resolve) => {
      const check = (): void => {
        const result = look();
        if (result === undefined) return;
        waiting.delete(check);
        resolve(result);
      };
      waiting.add(check);
      check();
    });
  return {
    add(item) {
      items.push(item);
      for (const check of waiting) check();
    },
    collected: {
      items,
      until: (count) => when(() => (items.length >= count ? items : undefined)),
      first: (fits) => when(() => items.find(fits)),
    },
  };
};

/** What the messages carry, in order. */
export const dataOf = (messages: readonly BusMessage[]): unknown[] => messages.map(({ data }) => data);
