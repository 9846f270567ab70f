import { randomUUID } from 'node:crypto';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Context } from '#app/context.ts';
import { ownVenue } from '#features/testing/stored_market.ts';
import { pauseSchedule, resumeSchedule } from '#jobs/queue/pause_schedule.ts';
import { openQueue, type QueueAddress } from '#jobs/queue/queues.ts';
import { schedules } from '#jobs/queue/schedules.ts';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import { eventually } from '#lib/testing/eventually.ts';
import { firstTraining } from './history.ts';

const daily = schedules('03:10').find(({ id }) => id === 'train-daily')!;
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
beforeEach(() => {
  queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
});

async function ordered(): Promise<string[]> {
  const queue = openQueue<object, unknown>(queues, 'daily');
  const jobs = await queue.getJobs(['waiting']);
  await queue.close();
  return jobs.map(({ name }) => name);
}

describe('the first training', () => {
  it('is ordered once the history is closed, but not while the daily training is paused', async () => {
    let waited = 0;
    const history = {
      waitUntilFinished: async () => {
        waited += 1;
      },
    } as unknown as Job;
    const context = { db, queues, config: configSchema.parse({}), log: silent } as Context;
    await pauseSchedule(redis, queues, daily);
    await firstTraining(context, ownVenue(), history);
    expect([waited, await ordered()]).toEqual([0, []]);
    await resumeSchedule(redis, queues, daily);
    await firstTraining(context, ownVenue(), history);
    await eventually(async () => expect(await ordered()).toEqual(['first']));
    expect(waited).toBe(1);
  });
});
