import { isDeepStrictEqual } from 'node:util';
import type { JobSchedulerJson, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { keepPauses } from './pauses.ts';
import { openQueue, type QueueAddress, type QueueName } from './queues.ts';

/** A job that comes by itself. The id tells it from all others, so that it exists once however many workers start. */
export interface Schedule {
  id: string;
  queue: QueueName;
  /** Either is given: milliseconds between two, or a cron pattern in UTC with seconds. */
  every?: number;
  pattern?: string;
  /** How it is shown. */
  what: string;
}

/** @param dailyAt `HH:MM`, UTC */
export function schedules(dailyAt: string): Schedule[] {
  const [hour, minute] = dailyAt.split(':').map(Number);
  return [
    {
      id: 'close-by-the-minute',
      queue: 'close',
      pattern: '5 * * * * *',
      what: 'close candles, fill features, predict',
    },
    { id: 'freshness-by-the-minute', queue: 'freshness', pattern: '10 * * * * *', what: 'measure freshness' },
    { id: 'train-daily', queue: 'daily', pattern: `0 ${minute} ${hour} * * *`, what: 'train, validate, promote' },
    { id: 'heartbeat', queue: 'heartbeat', every: 5_000, what: 'prove that jobs are worked off' },
  ];
}

/** A server that is away for half a minute must not make a run a failed one. */
export const runOptions = {
  ...{ attempts: 6, backoff: { type: 'exponential', delay: 1_000 } },
  ...{ removeOnComplete: { count: 20 }, removeOnFail: { count: 200 } },
};

const queuesWithSchedules: QueueName[] = ['close', 'freshness', 'daily', 'heartbeat'];

/**
 * Makes the schedules in Redis what they should be: missing ones are added, changed ones replaced, unknown and paused ones
 * removed. One that is as it should be is left alone, so that a run which is due still comes. One process at a time does it;
 * another that asks at the same moment leaves it to that one.
 * @returns the schedules that were missing or not as they should be
 */
export async function reconcileSchedules(redis: Redis, address: QueueAddress, wanted: Schedule[]): Promise<string[]> {
  const restored: string[] = [];
  await changingSchedules(redis, address, async () => {
    const pauses = await keepPauses(redis, address);
    for (const name of queuesWithSchedules) {
      const queue = openQueue<object, unknown>(address, name);
      try {
        const own = wanted.filter((schedule) => schedule.queue === name && !(schedule.id in pauses));
        const found = await queue.getJobSchedulers();
        for (const { key } of found) {
          if (!own.some((schedule) => schedule.id === key)) await removeSchedule(queue, key, found);
        }
        for (const schedule of own) {
          if (await stands(queue, schedule, found)) continue;
          await removeSchedule(queue, schedule.id, found);
          await addSchedule(queue, schedule);
          restored.push(schedule.id);
        }
      } finally {
        await queue.close();
      }
    }
  });
  return restored;
}

/** Does it while no other process changes schedules. Returns whether it did, which it does not while another one does. */
export async function changingSchedules(
  redis: Redis,
  { prefix }: QueueAddress,
  change: () => Promise<void>,
): Promise<boolean> {
  const lock = `${prefix}:reconciling`;
  if ((await redis.set(lock, String(process.pid), 'PX', 10_000, 'NX')) === null) return false;
  try {
    await change();
  } finally {
    await redis.del(lock);
  }
  return true;
}

/** Whether a schedule is as it should be. Each of its jobs brings the next: where there is none, no other will come. */
async function stands(
  queue: Queue<object, unknown>,
  { id, every, pattern }: Schedule,
  found: readonly JobSchedulerJson[],
): Promise<boolean> {
  const scheduler = found.find(({ key }) => key === id);
  if (!scheduler || scheduler.pattern !== pattern || scheduler.every !== every) return false;
  if (!isDeepStrictEqual(scheduler.template?.opts, runOptions)) return false;
  const job = await queue.getJob(nextJobId(scheduler));
  if (job && ['delayed', 'waiting', 'active'].includes(await job.getState())) return true;
  // It may have been done between the two questions, and then has brought the next.
  return (await queue.getJobScheduler(id))?.next !== scheduler.next;
}

export async function addSchedule(queue: Queue<object, unknown>, { id, every, pattern }: Schedule): Promise<void> {
  await queue.upsertJobScheduler(id, pattern ? { pattern, tz: 'UTC' } : { every }, {
    ...{ name: id, data: {}, opts: runOptions },
  });
}

/**
 * Removes a schedule and its next run, but not one that is at work. What is left of a schedule keeps BullMQ from planning its
 * next run: it refuses one whose job is there already.
 */
export async function removeSchedule(
  queue: Queue<object, unknown>,
  id: string,
  found: readonly JobSchedulerJson[],
): Promise<void> {
  const scheduler = found.find(({ key }) => key === id);
  await queue.removeJobScheduler(id);
  if (scheduler) await queue.remove(nextJobId(scheduler));
  for (const job of await queue.getJobs(['delayed'])) if (job.repeatJobKey === id) await queue.remove(job.id!);
}

/** As BullMQ names the job of a run. */
function nextJobId({ key, next }: JobSchedulerJson): string {
  return `repeat:${key}:${next}`;
}
