import type { Redis } from 'ioredis';
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
const retries = { attempts: 6, backoff: { type: 'exponential', delay: 1_000 } };

const queuesWithSchedules: QueueName[] = ['close', 'freshness', 'daily', 'heartbeat'];

/**
 * Makes the schedules in Redis what they should be: missing ones are added, changed ones replaced, unknown ones removed.
 * One process at a time does it; another that starts at the same moment leaves it to that one.
 */
export async function reconcileSchedules(redis: Redis, address: QueueAddress, wanted: Schedule[]): Promise<void> {
  const lock = `${address.prefix}:reconciling`;
  if ((await redis.set(lock, String(process.pid), 'PX', 10_000, 'NX')) === null) return;
  try {
    for (const name of queuesWithSchedules) {
      const queue = openQueue<object, unknown>(address, name);
      try {
        const own = wanted.filter((schedule) => schedule.queue === name);
        for (const { key } of await queue.getJobSchedulers()) {
          if (!own.some((schedule) => schedule.id === key)) await queue.removeJobScheduler(key);
        }
        for (const { id, every, pattern } of own) {
          const repeat = pattern ? { pattern, tz: 'UTC' } : { every };
          await queue.upsertJobScheduler(id, repeat, {
            name: id,
            data: {},
            opts: { ...retries, removeOnComplete: { count: 20 }, removeOnFail: { count: 200 } },
          });
        }
      } finally {
        await queue.close();
      }
    }
  } finally {
    await redis.del(lock);
  }
}
