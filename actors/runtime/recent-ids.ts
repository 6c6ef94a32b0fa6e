/**
 * Remembers at least the last `window` ids and at most twice as many, in constant time an id.
 * A message that comes again after that many others is taken for new: the window is far longer than any resend.
 */
export class RecentIds {
  readonly #window: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(window: number) {
    this.#window = window;
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  add(id: string): void {
    if (this.#young.size >= this.#window) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(id);
  }
}
