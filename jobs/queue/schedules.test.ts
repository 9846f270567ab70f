import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { openRedis } from '#lib/redis.ts';
import { openQueue, type QueueAddress } from './queues.ts';
import { reconcileSchedules, schedules } from './schedules.ts';

const wanted = schedules('03:10');
const ids = wanted.map(({ id }) => id);
const daily = (hour: number) => ({ pattern: `0 10 ${hour} * * *`, tz: 'UTC' });

let redis: Redis;
let queues: QueueAddress;
beforeAll(() => {
  redis = openRedis(inject('redis'));
});
afterAll(() => redis.disconnect());
beforeEach(() => {
  queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
});

const reconcile = () => reconcileSchedules(redis, queues, wanted);

async function on<T>(name: 'close' | 'daily' | 'heartbeat', work: (queue: Queue<object, unknown>) => Promise<T>) {
  const queue = openQueue<object, unknown>(queues, name);
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/** The jobs that will come of a schedule, and whether they are those that its next run says. */
const coming = () =>
  on('daily', async (queue) => {
    const [scheduler] = await queue.getJobSchedulers();
    return (await queue.getJobs(['delayed', 'waiting'])).map(
      (job) => job.id === `repeat:train-daily:${scheduler.next}`,
    );
  });

describe('schedules that are reconciled', () => {
  it('are added once, and then left alone', async () => {
    expect(await reconcile()).toEqual(ids);
    expect(await reconcile()).toEqual([]);
    expect(await coming()).toEqual([true]);
  });

  it('take the place of others, but not of a run that is due', async () => {
    await reconcile();
    await on('daily', (queue) => queue.upsertJobScheduler('train-daily', daily(4), { name: 'train-daily' }));
    await on('close', (queue) => queue.upsertJobScheduler('unknown', daily(5), { name: 'unknown' }));
    expect(await reconcile()).toEqual(['train-daily']);
    expect(await on('close', async (queue) => (await queue.getJobSchedulers()).map(({ key }) => key))).toEqual([
      'close-by-the-minute',
    ]);
    // Overdue since nobody worked: its job is to be done, not to be put off until tomorrow.
    const [job] = await on('daily', (queue) => queue.getDelayed());
    await on('daily', async (queue) => (await queue.getJob(job.id!))!.promote());
    expect(await reconcile()).toEqual([]);
    expect(await on('daily', (queue) => queue.getWaitingCount())).toBe(1);
  });

  it.each([
    ['everything', ['*']],
    ['the list of schedules', ['daily:repeat']],
    ['the schedule itself', ['daily:repeat:train-daily']],
    ['the list of delayed jobs', ['daily:delayed']],
    ['the next job', ['daily:repeat:train-daily:*']],
    ['the next job and its place', ['daily:repeat:train-daily:*', 'daily:delayed']],
  ])('come back when Redis has lost %s', async (_, lost) => {
    await reconcile();
    for (const each of lost) {
      const keys = await redis.keys(`${queues.prefix}:${each}`);
      expect(keys).not.toEqual([]);
      await redis.del(...keys);
    }
    expect(await reconcile()).toEqual(lost[0] === '*' ? ids : ['train-daily']);
    expect(await reconcile()).toEqual([]);
    expect(await coming()).toEqual([true]);
  });

  it('are reconciled by several workers at once without harm', async () => {
    const restored = await Promise.all([reconcile(), reconcile(), reconcile()]);
    expect(restored.flat().sort()).toEqual([...ids].sort());
    expect(await coming()).toEqual([true]);
  });
});
