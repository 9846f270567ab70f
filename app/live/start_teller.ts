import type { Redis } from 'ioredis';
import { writeStarting } from '#jobs/live_state.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

const everyMs = 1_000;

/** Tells `status` how far the history of a start is. When all is fetched it tells that there is no start any more. */
export function startTeller(redis: Redis, prefix: string, log: Logger): (done: number, total: number) => void {
  let last = 0;
  return (done, total) => {
    const over = done >= total;
    if (!over && Date.now() - last < everyMs) return;
    last = Date.now();
    writeStarting(redis, prefix, over ? undefined : { done, total }).catch((error) =>
      log.warn({ reason: reasonOf(error) }, 'the start is not told'),
    );
  };
}
