/**
 * Several async generators as one, in the order in which their items come; more can join while it runs. One item of each
 * is asked for at a time, so a slow reader slows them all. An error of one ends all. Leaving the iteration ends them too:
 * `stop` must make those finish that are waiting, since a generator cannot be ended from outside while it waits.
 */
export class Merge<Item> {
  readonly #stop: () => unknown;
  readonly #sources: AsyncGenerator<Item>[] = [];
  readonly #arrived: Arrival<Item>[] = [];
  #open = 0;
  #draining = false;
  #wake: (() => void) | undefined;

  constructor(stop: () => unknown) {
    this.#stop = stop;
  }

  /** How many such items have come and were not given out yet. */
  count(isCounted: (item: Item) => boolean): number {
    return this.#arrived.filter((each) => 'result' in each && !each.result.done && isCounted(each.result.value)).length;
  }

  /** One more source; it starts when the iteration does. */
  add(source: AsyncGenerator<Item>): void {
    this.#sources.push(source);
    this.#open += 1;
    if (this.#draining) this.#ask(source);
  }

  /** The items, until all sources have ended. */
  async *drain(): AsyncGenerator<Item, void, void> {
    this.#draining = true;
    try {
      for (const source of this.#sources) this.#ask(source);
      while (this.#open > 0) {
        const arrival = this.#arrived.shift();
        if (!arrival) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
        } else if ('error' in arrival) {
          throw arrival.error;
        } else if (arrival.result.done) {
          this.#open -= 1;
        } else {
          yield arrival.result.value;
          this.#ask(arrival.source);
        }
      }
    } finally {
      this.#stop();
      await Promise.all(this.#sources.map((source) => source.return(undefined)));
    }
  }

  /** One reaction per item: `Promise.race` would add one to each quiet source's pending promise for every other item. */
  #ask(source: AsyncGenerator<Item>): void {
    source.next().then(
      (result) => this.#arrive({ source, result }),
      (error) => this.#arrive({ error }),
    );
  }

  #arrive(arrival: Arrival<Item>): void {
    this.#arrived.push(arrival);
    this.#wake?.();
  }
}

type Arrival<Item> = { source: AsyncGenerator<Item>; result: IteratorResult<Item> } | { error: unknown };
