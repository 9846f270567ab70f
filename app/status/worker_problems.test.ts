import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { beat, writeStarting } from '#jobs/live_state.ts';
import { pauseSchedule, resumeSchedule } from '#jobs/queue/pause_schedule.ts';
import { openQueue, type QueueAddress, type QueueName } from '#jobs/queue/queues.ts';
import { reconcileSchedules, schedules } from '#jobs/queue/schedules.ts';
import { startWorker } from '#jobs/queue/worker.ts';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import { readStatus } from './status.ts';

const config = configSchema.parse({});
let db: QuestDb;
let redis: Redis;
let queues: QueueAddress;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
  redis = openRedis(inject('redis'));
});
afterAll(async () => {
  redis.disconnect();
  await db.close();
});
// A worker that has just come, whose schedules stand and whose heartbeat lives.
beforeEach(async () => {
  queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
  await reconcileSchedules(redis, queues, schedules(config.live.dailyAt));
  await beat(redis, queues.prefix);
});

async function on<T>(name: QueueName, work: (queue: Queue<object, unknown>) => Promise<T>): Promise<T> {
  const queue = openQueue<object, unknown>(queues, name);
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/** Has one job done by a worker, and waits until it has ended in whatever way. */
async function does(name: QueueName, processor: () => Promise<unknown>): Promise<void> {
  const worker = startWorker<object, unknown>(
    { queues, db, dataDir: '', log: silent, concurrency: 1 },
    name,
    processor,
  );
  const ended = new Promise<void>((resolve) => {
    worker.on('completed', () => resolve());
    worker.on('failed', () => resolve());
  });
  await on(name, (queue) => queue.add('job', {}));
  await ended;
  await worker.close();
}

const status = () => readStatus({ db, redis, queues, config });
/** What the health check of a worker goes by. */
const problems = async () => (await status()).problems.filter(({ part }) => part === 'worker').map(({ what }) => what);
const key = (...parts: string[]) => [queues.prefix, ...parts].join(':');
const ago = (seconds: number) => String(Date.now() - seconds * 1_000);

describe('the worker in status', () => {
  it('has no problem when each queue has its results', async () => {
    await does('close', async () => null);
    await does('predict', async () => null);
    expect(await problems()).toEqual([]);
    const { queues: told } = await status();
    expect(told.find(({ name }) => name === 'close')).toMatchObject({
      ...{ last_completed: expect.stringMatching(/^20/), oldest_waiting_seconds: null, longest_active_seconds: null },
      failed_since_completed: 0,
    });
  });

  it('is not healthy beside a living heartbeat when the worker of a queue is wedged', async () => {
    let let_go = () => {};
    const worker = startWorker<object, unknown>(
      { queues, db, dataDir: '', log: silent, concurrency: 1 },
      'close',
      () =>
        new Promise<null>((resolve) => {
          let_go = () => resolve(null);
        }),
    );
    const job = await on('close', (queue) => queue.add('minutes', {}));
    while ((await on('close', (queue) => queue.getActiveCount())) === 0) await sleep(50);
    expect(await problems()).toEqual([]);
    // Six minutes later, as far as Redis can tell.
    await redis.hset(key('close', job.id!), 'processedOn', ago(360));
    await on('close', (queue) => queue.add('minutes', {}, { timestamp: Number(ago(350)) }));
    await on('close', (queue) => queue.add('minutes', {}));
    await beat(redis, queues.prefix);
    expect(await problems()).toEqual([
      expect.stringMatching(/^a job of close has been worked on for 36\d s \(limit 300 s\): restart the worker$/),
      expect.stringMatching(/^a job of close has waited for 35\d s \(limit 300 s\): restart the worker$/),
    ]);
    expect((await status()).queues.find(({ name }) => name === 'close')).toMatchObject({ active: 1, waiting: 2 });
    let_go();
    await worker.close();
  });

  it('is judged by when a queue last completed a job', async () => {
    await does('freshness', async () => null);
    const [job] = await on('freshness', (queue) => queue.getCompleted());
    await redis.hset(key('freshness', job.id!), 'finishedOn', ago(400));
    expect(await problems()).toEqual([
      expect.stringMatching(/^no job of freshness was completed for 40\d s \(limit 300 s\): restart the worker$/),
    ]);
  });

  it('names the jobs that have failed since the last success, and forgets them after one', async () => {
    await does('close', async () => null);
    for (const reason of ['older', 'no disk'])
      await does('close', async () => {
        throw new Error(reason);
      });
    expect(await problems()).toEqual(['2 jobs of close have failed since one was last completed: no disk']);
    await does('close', async () => null);
    expect(await problems()).toEqual([]);
  });

  it('has a problem when a schedule is missing', async () => {
    await on('daily', (queue) => queue.removeJobScheduler('train-daily'));
    expect(await problems()).toEqual([
      expect.stringMatching(/^the schedule train-daily is missing in Redis: a worker/),
    ]);
    const told = (await status()).schedules.find(({ id }) => id === 'train-daily');
    expect(told).toMatchObject({ missing: true, next: null });
  });

  it('has a problem when the next run of a schedule is overdue', async () => {
    await redis.zadd(key('daily', 'repeat'), ago(500), 'train-daily');
    expect(await problems()).toEqual([]);
    await redis.zadd(key('daily', 'repeat'), ago(700), 'train-daily');
    expect(await problems()).toEqual([
      expect.stringMatching(/^the next run of train-daily is overdue by 70\d s \(limit 600 s\): restart the worker$/),
    ]);
  });

  it('has none when a schedule is paused, and says since when it is', async () => {
    const [close, freshness, daily] = schedules(config.live.dailyAt);
    for (const schedule of [close, freshness, daily]) await pauseSchedule(redis, queues, schedule);
    await does('freshness', async () => null);
    const [job] = await on('freshness', (queue) => queue.getCompleted());
    await redis.hset(key('freshness', job.id!), 'finishedOn', ago(400));
    expect(await problems()).toEqual([]);
    const told = (await status()).schedules.find(({ id }) => id === 'train-daily');
    expect(told).toMatchObject({
      paused: expect.stringMatching(/^20/),
      missing: false,
      next: null,
      overdue_seconds: 0,
    });
    await resumeSchedule(redis, queues, freshness);
    expect(await problems()).toEqual([expect.stringMatching(/^no job of freshness was completed for 40\d s/)]);
  });

  it('lets trainings wait for each other, but not for nobody', async () => {
    await on('train', (queue) => queue.add('model', {}, { timestamp: Number(ago(900)) }));
    expect(await problems()).toEqual([
      expect.stringMatching(/^a job of train has waited for 90\d s \(limit 600 s\): restart the worker$/),
    ]);
  });

  it('is told of a start alone how far its history is, until that is fetched', async () => {
    await redis.del(key('heartbeat'));
    await writeStarting(redis, queues.prefix, { done: 183, total: 240 });
    const told = await status();
    expect(told.problems).toEqual([{ part: 'ingest', what: 'starting: history 183/240 days of symbols' }]);
    expect(told.starting).toEqual({ done: 183, total: 240 });
    await writeStarting(redis, queues.prefix, undefined);
    expect((await status()).starting).toBeNull();
    expect(await problems()).toHaveLength(1);
  });

  it('is one problem when no worker is there, whatever is late because of that', async () => {
    await redis.zadd(key('close', 'repeat'), ago(700), 'close-by-the-minute');
    await redis.set(key('heartbeat'), ago(90));
    expect(await problems()).toEqual([
      expect.stringMatching(/^no heartbeat job was completed for 90 s \(limit 45 s\): start or restart the worker$/),
    ]);
    await redis.del(key('heartbeat'));
    expect(await problems()).toEqual([expect.stringMatching(/^no worker has ever completed a heartbeat job/)]);
  });
});
