import { withMember, withoutMember } from "../../coordination/protocol/record.ts";
import { dequeue, emptyQueue, enqueue, itemsOf, type Queue } from "./queue.ts";

/** Those who wait for one model: a queue an agent, first in first out. Plain JSON. */
export type Lane<Item> = {
  /** Only agents that wait. Its order means nothing. */
  readonly queues: Readonly<Record<string, Queue<Item>>>;
  readonly length: number;
};

export const emptyLane = { queues: {}, length: 0 } as const satisfies Lane<never>;

export const queueOf = <Item>(lane: Lane<Item>, agent: string): Queue<Item> =>
  (Object.hasOwn(lane.queues, agent) ? lane.queues[agent] : undefined) ?? emptyQueue;

export const join = <Item>(lane: Lane<Item>, agent: string, item: Item): Lane<Item> => ({
  queues: withMember(lane.queues, agent, enqueue(queueOf(lane, agent), item)),
  length: lane.length + 1,
});

/** The first of each agent. */
export const heads = <Item>(lane: Lane<Item>): readonly Item[] =>
  Object.values(lane.queues).flatMap((queue) => {
    const first = dequeue(queue);
    return first.type === "item" ? [first.item] : [];
  });

/** The lane without the first of an agent. */
export const leave = <Item>(lane: Lane<Item>, agent: string): Lane<Item> => {
  const first = dequeue(queueOf(lane, agent));
  return first.type === "item" ? withQueue(lane, agent, first.rest) : lane;
};

/** The lane without those of an agent that `goes` picks; it takes time by the length of the agent's queue. */
export const withdraw = <Item>(lane: Lane<Item>, agent: string, goes: (item: Item) => boolean): Lane<Item> =>
  withQueue(
    lane,
    agent,
    itemsOf(queueOf(lane, agent))
      .filter((item) => !goes(item))
      .reduce<Queue<Item>>((queue, item) => enqueue(queue, item), emptyQueue),
  );

/** All that wait, agent by agent. */
export const everyone = <Item>(lane: Lane<Item>): readonly Item[] =>
  Object.values(lane.queues).flatMap(itemsOf);

const withQueue = <Item>(lane: Lane<Item>, agent: string, queue: Queue<Item>): Lane<Item> => {
  const others = withoutMember(lane.queues, agent);
  return {
    queues: queue.length === 0 ? others : withMember(others, agent, queue),
    length: lane.length - queueOf(lane, agent).length + queue.length,
  };
};
