/** What will happen, by virtual time; what falls on the same time happens in the order in which it was written down. */
export type Agenda = {
  /** The time, in microseconds of the simulated world. */
  readonly nowUs: () => number;
  readonly in: (delayUs: number, act: () => void) => void;
  /** Moves on to the next thing and does it; `false` when there is none. */
  readonly next: () => boolean;
};

type Item = { readonly atUs: number; readonly order: number; readonly act: () => void };

export const openAgenda = (): Agenda => {
  const heap: Item[] = [];
  let nowUs = 0;
  let written = 0;
  return {
    nowUs: () => nowUs,
    in: (delayUs, act) => {
      heap.push({ atUs: nowUs + delayUs, order: written, act });
      written += 1;
      rise(heap, heap.length - 1);
    },
    next: () => {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined) return false;
      if (heap.length > 0) {
        heap[0] = last;
        sink(heap);
      }
      nowUs = first.atUs;
      first.act();
      return true;
    },
  };
};

const isBefore = (one: Item, other: Item): boolean =>
  one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order);

const rise = (heap: Item[], from: number): void => {
  let at = from;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!swapIfBefore(heap, at, above)) return;
    at = above;
  }
};

const sink = (heap: Item[]): void => {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const [one, other] = [heap[left], heap[left + 1]];
    if (one === undefined) return;
    const least = other !== undefined && isBefore(other, one) ? left + 1 : left;
    if (!swapIfBefore(heap, least, at)) return;
    at = least;
  }
};

const swapIfBefore = (heap: Item[], lower: number, upper: number): boolean => {
  const [below, above] = [heap[lower], heap[upper]];
  if (below === undefined || above === undefined || !isBefore(below, above)) return false;
  heap[lower] = above;
  heap[upper] = below;
  return true;
};
