import type { Job } from 'bullmq';
import type { CloseRequest } from '#jobs/candles/close.ts';
import { openQueue, type QueueAddress } from '#jobs/queue/queues.ts';
import type { Micros } from '#lib/time.ts';

/** The steps from the close of a bar to its signals; each is a job of the queue of that name. */
export const steps = ['close', 'features', 'predict'] as const;
export type Step = (typeof steps)[number];

/** The jobs that answered a bar, in milliseconds of the wall's clock. */
export interface Chain {
  /** When ingest had the close of the bar added to its queue. */
  ordered: number;
  /** From the order until the worker began, and of each step, as far as they are known. */
  waited: number;
  took: Partial<Record<Step, number>>;
}

/** Jobs of a queue that are looked at, the newest first. */
const most = 30;

/**
 * Which jobs answered a bar: the first request of the ingest role to close it, and of each queue after it the first job that
 * began after the one before. Undefined where nobody ordered its close, as when the schedule did it.
 * @param bar bar-open time
 */
export async function chainOf(queues: QueueAddress, bar: Micros): Promise<Chain | undefined> {
  const jobs = await Promise.all(steps.map((step) => newestJobs(queues, step)));
  const [close] = jobs[0]
    .filter(({ data }) => isRequest(data) && data.ranges.some(({ from, to }) => from <= bar && bar < to))
    .sort(byTime);
  if (!close?.processedOn) return undefined;
  const took: Chain['took'] = {};
  let since = close.processedOn;
  for (const [i, step] of steps.entries()) {
    const of =
      i === 0 ? close : jobs[i].filter(({ data }) => is1m(data)).find((job) => (job.processedOn ?? 0) >= since);
    if (!of?.processedOn || !of.finishedOn) break;
    took[step] = of.finishedOn - of.processedOn;
    since = of.processedOn;
  }
  return { ordered: close.timestamp, waited: close.processedOn - close.timestamp, took };
}

async function newestJobs(queues: QueueAddress, step: Step): Promise<Job<unknown>[]> {
  const queue = openQueue<unknown, unknown>(queues, step);
  try {
    const jobs = await queue.getJobs(['completed', 'active'], 0, most);
    return jobs.filter((job) => job !== undefined).sort((a, b) => (a.processedOn ?? 0) - (b.processedOn ?? 0));
  } finally {
    await queue.close();
  }
}

function byTime(a: Job<unknown>, b: Job<unknown>): number {
  return a.timestamp - b.timestamp;
}

/** Of the ingest role's, which name symbols; those of the healer may too, and come later. */
function isRequest(data: unknown): data is CloseRequest {
  const { ranges, symbols } = data as Partial<CloseRequest>;
  return ranges !== undefined && symbols !== undefined && symbols.length > 0;
}

function is1m(data: unknown): boolean {
  const { timeframe = '1m' } = data as { timeframe?: string };
  return timeframe === '1m';
}
