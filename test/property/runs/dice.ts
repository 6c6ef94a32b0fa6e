import fc from "fast-check";

/** What a random thing is made by. Of several cases the first are the plain ones. */
export type Dice = {
  /** A whole number from 0 to one below this. */
  readonly below: (count: number) => number;
  /** Whether something happens that does so in one of so many cases. */
  readonly oneIn: (count: number) => boolean;
  /** Something in one of so many cases. */
  readonly maybe: <Made>(count: number, make: () => Made) => Made | undefined;
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** Some of the items, at least so many, in their order. */
  readonly some: <Item>(items: readonly Item[], atLeast: number) => readonly Item[];
  readonly list: <Made>(count: number, make: (at: number) => Made) => readonly Made[];
};

/** Enough for all that one thing is made of; who throws more often meets the same throws again. */
const throws = 400;

/** What is made by throwing dice as often as it takes. A failing case shrinks to lower throws, and so to plainer things. */
export const thrown = <Made>(make: (dice: Dice) => Made): fc.Arbitrary<Made> =>
  fc
    .array(fc.nat(0xff_ff), { minLength: throws, maxLength: throws, size: "max" })
    .map((numbers) => make(diceOf(numbers)));

const diceOf = (numbers: readonly number[]): Dice => {
  let next = 0;
  const below = (count: number): number => {
    const number = numbers[next % throws] ?? 0;
    next += 1;
    return number % count;
  };
  const oneIn = (count: number): boolean => below(count) === count - 1;
  return {
    below,
    oneIn,
    maybe: (count, make) => (oneIn(count) ? make() : undefined),
    pick: (items) => {
      const [item] = items.slice(below(items.length));
      return item as (typeof items)[number];
    },
    some: (items, atLeast) => {
      const left = [...items];
      const count = atLeast + below(items.length - atLeast + 1);
      while (left.length > count) left.splice(below(left.length), 1);
      return left;
    },
    list: (count, make) => Array.from({ length: count }, (_, at) => make(at)),
  };
};
