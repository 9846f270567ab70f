/**
 * Items from a producer that cannot wait (a socket's events) to one consumer that takes its time. Above `highWater` items
 * the producer is asked to stop, below half of it to go on; what it still had in hand is kept, never dropped.
 */
export class BoundedBuffer<Item> {
  readonly #highWater: number;
  readonly #stop: () => void;
  readonly #goOn: () => void;
  #items: Item[] = [];
  /** Those that are being given out, and which is next. */
  #batch: readonly Item[] = [];
  #next = 0;
  #size = 0;
  #stopped = false;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(highWater: number, producer: { stop: () => void; goOn: () => void }) {
    this.#highWater = highWater;
    this.#stop = producer.stop;
    this.#goOn = producer.goOn;
  }

  /** Whether the producer has been asked to stop. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** How many such items it has. */
  count(isCounted: (item: Item) => boolean): number {
    return this.#batch.slice(this.#next).filter(isCounted).length + this.#items.filter(isCounted).length;
  }

  /** Adds an item; ignored after `end`. */
  push(item: Item): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#size += 1;
    if (!this.#stopped && this.#size >= this.#highWater) {
      this.#stopped = true;
      this.#stop();
    }
    this.#wake?.();
  }

  /** No more items. `drain` gives those there are and ends. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The items in order, for one consumer. */
  async *drain(): AsyncGenerator<Item, void, void> {
    while (true) {
      this.#batch = this.#items;
      this.#items = [];
      for (this.#next = 0; this.#next < this.#batch.length; ) {
        const item = this.#batch[this.#next];
        this.#next += 1;
        this.#size -= 1;
        if (this.#stopped && this.#size <= this.#highWater / 2) {
          this.#stopped = false;
          this.#goOn();
        }
        yield item;
      }
      if (this.#items.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
