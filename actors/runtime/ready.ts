import type { Hosted } from "./roster.ts";

/** The actors that have mail, each once. */
export class Ready {
  readonly #choose: (count: number) => number;
  readonly #waiting: Hosted[] = [];
  #crowded: Hosted | undefined;

  /** `choose` picks the next of `count` actors, the one that waits longest first among them. */
  constructor(choose: (count: number) => number) {
    this.#choose = choose;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** An actor has got mail, or still has some after its turn. */
  add(hosted: Hosted): void {
    if (hosted.mailbox.isCrowded) this.#crowded = hosted;
    if (hosted.ready) return;
    hosted.ready = true;
    this.#waiting.push(hosted);
  }

  /**
   * Takes out the actor whose turn it is. Thousands of agents that each put a request to one actor would fill its mailbox before it has a turn:
   * it comes first while it is crowded, so that nobody is refused for being one of many.
   */
  next(): Hosted | undefined {
    const crowded = this.#crowded?.mailbox.isCrowded === true ? this.#crowded : undefined;
    // From its end, where it stands after each turn of its own.
    const place = crowded === undefined ? -1 : this.#waiting.lastIndexOf(crowded);
    const index = place === -1 ? this.#choose(this.#waiting.length) : place;
    const [hosted] = this.#waiting.splice(index, 1);
    if (hosted !== undefined) hosted.ready = false;
    return hosted;
  }
}
