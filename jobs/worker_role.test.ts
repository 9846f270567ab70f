import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { emptyRedis } from '#app/bench/faults/empty_redis.ts';
import { type OwnRedis, startOwnRedis } from '#app/testing/own_redis.ts';
import { configSchema } from '#lib/config.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import { heartbeatAge } from './live_state.ts';
import { openQueue, type QueueName } from './queue/queues.ts';
import { schedules } from './queue/schedules.ts';
import { startWorkerRole } from './worker_role.ts';

const prefix = 'emptied';
const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-worker-'));
let own: OwnRedis;
let redis: Redis;
let db: QuestDb;

beforeAll(async () => {
  own = await startOwnRedis();
  redis = openRedis(own.redis);
  db = new QuestDb(inject('questdb'));
});
afterAll(async () => {
  await db.close();
  redis.disconnect();
  own.end();
  rmSync(dataDir, { recursive: true, force: true });
});

async function on<T>(name: QueueName, ask: (queue: ReturnType<typeof openQueue<object, unknown>>) => Promise<T>) {
  const queue = openQueue<object, unknown>({ redis: own.redis, prefix }, name);
  try {
    return await ask(queue);
  } finally {
    await queue.close();
  }
}

const planned = async () => {
  const found = [];
  for (const name of ['close', 'freshness', 'daily', 'heartbeat'] as const)
    found.push(...(await on(name, async (queue) => (await queue.getJobSchedulers()).map(({ key }) => key))));
  return found.sort();
};

it('a running worker whose Redis loses its data has its schedules again, and says so', async () => {
  const config = configSchema.parse({ dataDir });
  const wanted = schedules(config.live.dailyAt).map(({ id }) => id);
  const lines: { level: number; msg: string; schedules?: string[] }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  await on('train', async (queue) => {
    await queue.add('risk_scorer', {}, { jobId: 'command-0123abcd-1' });
    // What it says of it is all that is looked at here.
    await queue.pause();
  });
  const role = await startWorkerRole({
    ...{ db, redis, dataDir, config, log, concurrency: 1 },
    queues: { redis: own.redis, prefix },
  });
  expect(await planned()).toEqual([...wanted].sort());
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'doing what was left in the queue', queue: 'train', jobs: ['risk_scorer'] }),
  );
  while ((await heartbeatAge(redis, prefix)) === null) await sleep(100);

  await emptyRedis(redis);
  while ((await planned()).length < wanted.length) await sleep(200);
  expect(await planned()).toEqual([...wanted].sort());
  // They are worked off again, and no two jobs of `close` at once.
  while ((await heartbeatAge(redis, prefix)) === null) await sleep(100);
  expect(await on('close', (queue) => queue.getGlobalConcurrency())).toBe(1);
  await role.close();
  const said = lines.filter(({ msg }) => msg === 'schedules were missing in Redis and have been restored');
  expect(said).toMatchObject([{ level: 40, schedules: wanted }]);
});
