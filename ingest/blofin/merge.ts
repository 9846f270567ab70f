/**
 * Several async generators as one, in the order in which their items come. One item of each is asked for at a time, so a
 * slow reader slows them all. An error of one ends all. Leaving the iteration ends them too: `stop`
 * must make those finish that are waiting, since a generator cannot be ended from outside while it waits.
 */
export async function* merge<Item>(
  sources: AsyncGenerator<Item>[],
  stop: () => unknown,
): AsyncGenerator<Item, void, void> {
  type Arrival = { source: AsyncGenerator<Item>; result: IteratorResult<Item> } | { error: unknown };
  const arrived: Arrival[] = [];
  let wake: (() => void) | undefined;
  const arrive = (arrival: Arrival) => {
    arrived.push(arrival);
    wake?.();
  };
  // One reaction per item: `Promise.race` would add one to each quiet source's pending promise for every other item.
  const ask = (source: AsyncGenerator<Item>) => {
    source.next().then(
      (result) => arrive({ source, result }),
      (error) => arrive({ error }),
    );
  };
  let open = sources.length;
  try {
    for (const source of sources) ask(source);
    while (open > 0) {
      if (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      const arrival = arrived.shift()!;
      if ('error' in arrival) throw arrival.error;
      if (arrival.result.done) {
        open -= 1;
        continue;
      }
      yield arrival.result.value;
      ask(arrival.source);
    }
  } finally {
    stop();
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}
