import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { openRedis } from '#lib/redis.ts';
import { pauseSchedule, resumeSchedule } from './pause_schedule.ts';
import { pausesFile, readPauses } from './pauses.ts';
import { connectionOf, openQueue, type QueueAddress } from './queues.ts';
import { reconcileSchedules, schedules } from './schedules.ts';

const wanted = schedules('03:10');
const ids = wanted.map(({ id }) => id);
const named = (id: string) => wanted.find((schedule) => schedule.id === id)!;
const daily = named('train-daily');
const others = ids.filter((id) => id !== daily.id);

const directories: string[] = [];
let redis: Redis;
let queues: QueueAddress;
beforeAll(() => {
  redis = openRedis(inject('redis'));
});
afterAll(() => {
  redis.disconnect();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  queues = { redis: inject('redis'), prefix: `t-${randomUUID()}`, pauses: ownFile() };
  await reconcile();
});

function ownFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-pauses-'));
  directories.push(directory);
  return pausesFile(directory);
}

const reconcile = (address = queues) => reconcileSchedules(redis, address, wanted);

async function on<T>(work: (queue: Queue<object, unknown>) => Promise<T>): Promise<T> {
  const queue = openQueue<object, unknown>(queues, 'daily');
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/** Schedules and jobs of the queue `daily`. */
const planned = () => on(async (queue) => [await queue.getJobSchedulersCount(), await queue.getDelayedCount()]);

async function emptied(): Promise<void> {
  const keys = await redis.keys(`${queues.prefix}:*`);
  await redis.del(...keys);
}

describe('a paused schedule', () => {
  it('is not planned again by a worker, however often that looks, and comes back when it is resumed', async () => {
    const { since, before } = await pauseSchedule(redis, queues, daily);
    expect([Date.parse(since) <= Date.now(), before]).toEqual([true, false]);
    expect(await planned()).toEqual([0, 0]);
    expect(await pauseSchedule(redis, queues, daily)).toEqual({ since, before: true });
    expect([await reconcile(), await reconcile()]).toEqual([[], []]);
    expect(await planned()).toEqual([0, 0]);

    const { next, before: paused } = await resumeSchedule(redis, queues, daily);
    expect([next, paused]).toEqual([expect.stringMatching(/T03:10:00/), true]);
    expect(await planned()).toEqual([1, 1]);
    expect(await reconcile()).toEqual([]);
    expect(await resumeSchedule(redis, queues, daily)).toEqual({ next, before: false });
    expect(await readPauses(redis, queues)).toEqual({});
  });

  it('stays paused when Redis has lost everything, and is not forgotten by another data directory', async () => {
    await pauseSchedule(redis, queues, daily);
    // A worker beside it has a copy once it has looked.
    const beside = { ...queues, pauses: ownFile() };
    expect(await reconcile(beside)).toEqual([]);
    for (const address of [queues, beside]) {
      await emptied();
      expect((await reconcile(address)).sort()).toEqual([...others].sort());
      expect(Object.keys(await readPauses(redis, { ...queues, pauses: undefined }))).toEqual([daily.id]);
    }
  });

  it('that was resumed stays so, whatever older copy a worker has', async () => {
    await pauseSchedule(redis, queues, daily);
    const beside = { ...queues, pauses: ownFile() };
    await reconcile(beside);
    await resumeSchedule(redis, queues, daily);
    await reconcile(beside);
    expect(readFileSync(beside.pauses, 'utf8')).toBe('{}');
    expect(await planned()).toEqual([1, 1]);
  });

  it('lets a run that is at work end, and plans none after it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const worker = new Worker('daily', () => promise, {
      prefix: queues.prefix,
      connection: connectionOf(queues, 'worker'),
    });
    await on(async (queue) => (await queue.getDelayed())[0].promote());
    while ((await on((queue) => queue.getActiveCount())) === 0) await sleep(20);
    await pauseSchedule(redis, queues, daily);
    await reconcile();
    const ended = new Promise((done) => worker.once('completed', done));
    resolve();
    await ended;
    expect(await planned()).toEqual([0, 0]);
    expect(await on((queue) => queue.getCompletedCount())).toBe(1);
    await worker.close();
  });

  it('is not the heartbeat', async () => {
    await expect(pauseSchedule(redis, queues, named('heartbeat'))).rejects.toThrow(/cannot be paused/);
    expect(await readPauses(redis, queues)).toEqual({});
  });

  it('is refused where the copy that is left is damaged, instead of being run', async () => {
    writeFileSync(queues.pauses!, '{"train-da');
    await emptied();
    await expect(reconcile()).rejects.toThrow(/paused-schedules\.json is not valid JSON/);
    expect(await planned()).toEqual([0, 0]);
  });
});
