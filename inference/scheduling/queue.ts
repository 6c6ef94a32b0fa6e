/**
 * A first-in first-out queue as plain JSON. Adding and taking copy one block and the list of blocks only, so a step on a
 * queue of a thousand costs what one of sixty does.
 */
export type Queue<Item> = {
  readonly blocks: readonly (readonly Item[])[];
  readonly taken: number;
  readonly length: number;
};

const BLOCK_ITEMS = 32;

export const emptyQueue = { blocks: [], taken: 0, length: 0 } as const satisfies Queue<never>;

export const enqueue = <Item>(queue: Queue<Item>, item: Item): Queue<Item> => {
  const last = queue.blocks.at(-1);
  const blocks =
    last === undefined || last.length >= BLOCK_ITEMS
      ? [...queue.blocks, [item]]
      : queue.blocks.with(-1, [...last, item]);
  return { blocks, taken: queue.taken, length: queue.length + 1 };
};

export type Dequeued<Item> =
  | { readonly type: "item"; readonly item: Item; readonly rest: Queue<Item> }
  | { readonly type: "empty" };

export const dequeue = <Item>(queue: Queue<Item>): Dequeued<Item> => {
  const block = queue.blocks[0];
  const item = block?.[queue.taken];
  if (block === undefined || item === undefined) return { type: "empty" };
  const isSpent = queue.taken + 1 >= block.length;
  return {
    type: "item",
    item,
    rest: {
      blocks: isSpent ? queue.blocks.slice(1) : queue.blocks,
      taken: isSpent ? 0 : queue.taken + 1,
      length: queue.length - 1,
    },
  };
};

export const itemsOf = <Item>(queue: Queue<Item>): readonly Item[] =>
  queue.blocks.flatMap((block, index) => (index === 0 ? block.slice(queue.taken) : block));
