/**
 * Remembers the newest keys, at least `size` and at most twice that many. Two generations instead of one set with
 * eviction: dropping the oldest entry of a `Set` one by one gets slower the more were dropped.
 */
export class RecentKeys {
  readonly #size: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Whether the key is new; from now on it is known. */
  add(key: string): boolean {
    if (this.#young.has(key) || this.#old.has(key)) return false;
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
    return true;
  }
}
