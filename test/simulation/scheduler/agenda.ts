type Item = { readonly atS: number; readonly order: number; readonly act: () => void; isCancelled: boolean };

/** What will happen, by time; what is for the same time happens in the order in which it was entered. */
export class Agenda {
  readonly #heap: Item[] = [];
  #order = 0;
  #nowS = 0;

  get nowS(): number {
    return this.#nowS;
  }

  /** Returns what cancels it. */
  at(atS: number, act: () => void): () => void {
    const item: Item = { atS, order: this.#order++, act, isCancelled: false };
    const heap = this.#heap;
    heap.push(item);
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfLater(parent, child)) break;
      child = parent;
    }
    return () => (item.isCancelled = true);
  }

  /** Until nothing is left. */
  run(): void {
    for (let item = this.#take(); item !== undefined; item = this.#take()) {
      if (item.isCancelled) continue;
      this.#nowS = item.atS;
      item.act();
    }
  }

  #take(): Item | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      const least = this.#isLater(left, left + 1) ? left + 1 : left;
      if (!this.#swapIfLater(parent, least)) break;
      parent = least;
    }
    return first;
  }

  #isLater(a: number, b: number): boolean {
    const one = this.#heap[a];
    const other = this.#heap[b];
    if (one === undefined || other === undefined) return false;
    return one.atS > other.atS || (one.atS === other.atS && one.order > other.order);
  }

  #swapIfLater(parent: number, child: number): boolean {
    if (!this.#isLater(parent, child)) return false;
    const one = this.#heap[parent];
    const other = this.#heap[child];
    if (one === undefined || other === undefined) return false;
    this.#heap[parent] = other;
    this.#heap[child] = one;
    return true;
  }
}
