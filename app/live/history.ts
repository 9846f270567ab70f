import type { Job, Queue } from 'bullmq';
import type { Context } from '#app/context.ts';
import { progress } from '#app/terminal.ts';
import { backfill } from '#ingest/history/backfill.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import type { CloseRequest } from '#jobs/candles/close.ts';
import { pausesOf } from '#jobs/queue/pauses.ts';
import { openEvents, openQueue } from '#jobs/queue/queues.ts';
import { type ModelHorizon, modelHorizons } from '#jobs/train/horizons.ts';
import { reasonOf } from '#lib/errors.ts';
import type { MinuteRange } from '#lib/time.ts';

/** Asks for minutes of a venue to be closed: with `symbols` from their ticks too, else from exchange candles alone. */
export function requestClose(queue: Queue<CloseRequest, unknown>, venue: string) {
  return (ranges: MinuteRange[], symbols: string[]): Promise<Job<CloseRequest, unknown>> =>
    queue.add('minutes', { venue, symbols, ranges }, { attempts: 10, backoff: { type: 'exponential', delay: 1_000 } });
}

/** Fetches the newest minutes of these symbols through REST and has them closed; undefined where nothing came. */
export async function fetchHistory(
  { db, log }: Context,
  rest: VenueRest,
  symbols: string[],
  minutes: number,
  request: ReturnType<typeof requestClose>,
  onProgress: (done: number, total: number) => void,
): Promise<Job | undefined> {
  const bar = progress('history', symbols.length);
  try {
    const fetched = await backfill(db, rest, { symbols, minutes }, (done, total, what) => {
      bar.update(done, total, what);
      onProgress(done, total);
    });
    for (const { symbol, reason } of fetched.skipped) log.warn({ symbol, reason }, 'no history');
    return fetched.range && (await request([fetched.range], []));
  } finally {
    bar.end();
  }
}

/** How long the closing of the history may take; a worker that is not there yet is not waited for longer. */
const historyCloseMs = 120_000;

/**
 * Where a model has no champion at one of its horizons, training does not wait for the night. It follows the closing of the history, in the
 * background: ticks that are not followed meanwhile would be lost. A restart within the hour does not train again. Where the
 * daily training is paused, so is this one.
 */
export async function firstTraining({ config, db, queues, log }: Context, venue: string, history: Job): Promise<void> {
  const champions = await db.rows('runs/champions', { venue, timeframe: '1m' });
  const stands = ({ model, horizon }: ModelHorizon) =>
    champions.some((each) => each.model === model && each.horizon === horizon);
  if (modelHorizons(config.training).every(stands)) return;
  if ('train-daily' in (await pausesOf(queues))) {
    log.warn(
      'models without a champion are not trained: train-daily is paused; ./tickforest schedules resume train-daily',
    );
    return;
  }
  const closing = openEvents(queues, 'close');
  const daily = openQueue<object, unknown>(queues, 'daily');
  const ordered = async () => {
    try {
      await history.waitUntilFinished(closing, historyCloseMs);
      const again = { attempts: 3, backoff: { type: 'exponential', delay: 10_000 } };
      await daily.add('first', {}, { ...again, deduplication: { id: 'first', ttl: 3_600_000 } });
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'first training not ordered; the daily one will do it');
    } finally {
      await closing.close();
      await daily.close();
    }
  };
  void ordered();
}
