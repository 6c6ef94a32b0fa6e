/** Numbers that look random and follow from a seed: the next whole number below `limit`. */
export type Chance = { readonly below: (limit: number) => number };

/** Thirty-two bits of state, mixed by integer arithmetic alone (mulberry32): the same on every engine. */
export const chanceFrom = (seed: number): Chance => {
  let state = seed | 0;
  return {
    below: (limit) => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
    },
  };
};

/** The items in another order. */
export const shuffled = <Item>(items: readonly Item[], chance: Chance): readonly Item[] => {
  const left = [...items];
  const order: Item[] = [];
  while (left.length > 0) order.push(...left.splice(chance.below(left.length), 1));
  return order;
};

/** As many teams as asked for, of so many different agents each. */
export const randomTeams = (
  agents: readonly string[],
  teams: number,
  size: number,
  chance: Chance,
): readonly (readonly string[])[] =>
  Array.from({ length: teams }, () => shuffled(agents, chance).slice(0, size));
