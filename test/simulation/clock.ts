import type { Clock } from "../../actors/runtime/clock.ts";
import type { Random } from "./random.ts";

type Waiting = { readonly atUs: number; readonly order: number; readonly fire: () => void };

/** Time that stands still until it is told to step to the next thing that waits. Ties fall by seed. */
export class SimulatedClock implements Clock {
  #nowUs = 1_700_000_000_000_000;
  #waiting: Waiting[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  after(ms: number, fire: () => void): () => void {
    const entry = { atUs: this.#nowUs + Math.round(ms * 1000), order: this.#random.next(), fire };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** Steps to the next event and fires it. Returns whether there was one. */
  step(): boolean {
    let best: Waiting | undefined;
    for (const entry of this.#waiting) {
      if (
        best === undefined ||
        entry.atUs < best.atUs ||
        (entry.atUs === best.atUs && entry.order < best.order)
      )
        best = entry;
    }
    if (best === undefined) return false;
    this.#waiting.splice(this.#waiting.indexOf(best), 1);
    this.#nowUs = Math.max(this.#nowUs, best.atUs);
    best.fire();
    return true;
  }
}
