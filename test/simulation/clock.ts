import type { Clock } from "../../actors/runtime/clock.ts";
import type { Random } from "./random.ts";

type Waiting = {
  readonly atUs: number;
  readonly order: number;
  readonly fire: () => void;
  cancelled: boolean;
};

/** Time that stands still until it is told to step to the next thing that waits. Ties fall by seed. */
export class SimulatedClock implements Clock {
  #nowUs = 1_700_000_000_000_000;
  /** A binary heap: each entry comes before the two at twice its place plus one and two. */
  readonly #heap: Waiting[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  after(ms: number, fire: () => void): () => void {
    const atUs = this.#nowUs + Math.round(ms * 1000);
    const entry = { atUs, order: this.#random.next(), fire, cancelled: false };
    this.#push(entry);
    return () => void (entry.cancelled = true);
  }

  /** Steps to the next event and fires it. Returns whether there was one. */
  step(): boolean {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      if (next.cancelled) continue;
      this.#nowUs = Math.max(this.#nowUs, next.atUs);
      next.fire();
      return true;
    }
    return false;
  }

  #push(entry: Waiting): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  #pop(): Waiting | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      heap[place] = child;
      place = 2 * place + (isRight ? 2 : 1);
    }
    heap[place] = last;
    return first;
  }
}

const isBefore = (one: Waiting, other: Waiting): boolean =>
  one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order);
