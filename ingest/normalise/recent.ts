/**
 * Remembers values by their newest keys, at least `size` and at most twice that many. Two generations instead of one map
 * with eviction: dropping the oldest entry one by one gets slower the more were dropped.
 */
export class Recent<Value> {
  readonly #size: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(size: number) {
    this.#size = size;
  }

  /** What is remembered of this key; undefined where it is new or forgotten. */
  get(key: string): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
