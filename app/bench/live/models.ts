import { setTimeout as sleep } from 'node:timers/promises';
import type { Pipeline } from '#app/bench/faults/pipeline.ts';
import { queuePrefix } from '#app/context.ts';
import { openQueue } from '#jobs/queue/queues.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { RowOf } from '#sql/rows.ts';

/** History, and the training of all models while the market goes on. */
const trainingMs = 1_200_000;
const everyMs = 2_000;

/**
 * Waits for the training that `up` begins with, and returns the runs that speak. Horizons that the history is too short for
 * have none.
 * @throws UserError when it has failed, or lasts too long
 */
export async function modelsTrained(
  db: QuestDb,
  pipeline: Pipeline,
  venue: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (what: string) => void },
): Promise<RowOf<'runs/predicting'>[]> {
  const daily = openQueue<object, unknown>({ redis: pipeline.services()!.redis, prefix: queuePrefix }, 'daily');
  try {
    let last = 0;
    for (const deadline = Date.now() + trainingMs; Date.now() < deadline; await sleep(everyMs)) {
      signal.throwIfAborted();
      const done = (await daily.getCompletedCount()) > 0;
      const runs = await db.rows('runs/predicting', { venue, timeframe: '1m' });
      if (runs.length !== last) onProgress(`models that are trained: ${runs.length}`);
      last = runs.length;
      if (done && runs.length > 0) return runs;
      const [failed] = await daily.getFailed();
      if (failed)
        throw new UserError(
          `The training failed: ${failed.failedReason}`,
          `The end of its log: ${pipeline.lastLines(5)}`,
        );
    }
  } finally {
    await daily.close();
  }
  throw new UserError(
    `The models were not trained within ${trainingMs / 60_000} minutes.`,
    `The end of its log: ${pipeline.lastLines(5)}`,
  );
}
