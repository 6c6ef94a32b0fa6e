/** A seeded source of choices; the same seed gives the same lines on every machine. */
export type Random = {
  readonly next: () => number;
  readonly below: (count: number) => number;
  readonly pick: <T>(items: readonly [T, ...(readonly T[])]) => T;
  readonly chance: (probability: number) => boolean;
};

/** Mulberry32: small, fast and good enough for making text. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    next,
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    chance: (probability) => next() < probability,
  };
};

/** FNV-1a; splits templates into training and held-out ones without a list to keep. */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  // FNV's low bits follow the last bytes too closely to be taken modulo a small number.
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ (hash >>> 13)) >>> 0;
};
