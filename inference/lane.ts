import { dequeue, emptyQueue, enqueue, type Queue } from "./queue.ts";

/**
 * Those who wait for one model. Agents take turns, so that one that asks for a thousand things does not hold up the
 * others; among the requests of one agent the first comes first. Plain JSON.
 */
export type Lane<Item> = {
  /** Only agents that wait. Its order means nothing. */
  readonly queues: Readonly<Record<string, Queue<Item>>>;
  /** The same agents in the order of their turns. */
  readonly turns: readonly string[];
  readonly length: number;
};

export const emptyLane = { queues: {}, turns: [], length: 0 } as const satisfies Lane<never>;

export const join = <Item>(lane: Lane<Item>, agent: string, item: Item): Lane<Item> => {
  const queue = Object.hasOwn(lane.queues, agent) ? lane.queues[agent] : undefined;
  return {
    queues: { ...lane.queues, [agent]: enqueue<Item>(queue ?? emptyQueue, item) },
    turns: queue === undefined ? [...lane.turns, agent] : lane.turns,
    length: lane.length + 1,
  };
};

export type Left<Item> =
  | { readonly type: "item"; readonly item: Item; readonly lane: Lane<Item> }
  | { readonly type: "empty" };

/** Takes the first request of the agent whose turn it is; that agent's next turn comes after all others. */
export const leave = <Item>(lane: Lane<Item>): Left<Item> => {
  const [agent, ...others] = lane.turns;
  const queue = agent === undefined ? undefined : lane.queues[agent];
  if (agent === undefined || queue === undefined) return { type: "empty" };
  const taken = dequeue(queue);
  if (taken.type === "empty") return { type: "empty" };
  const { [agent]: _, ...rest } = lane.queues;
  const waitsOn = taken.rest.length > 0;
  return {
    type: "item",
    item: taken.item,
    lane: {
      queues: waitsOn ? { ...rest, [agent]: taken.rest } : rest,
      turns: waitsOn ? [...others, agent] : others,
      length: lane.length - 1,
    },
  };
};
