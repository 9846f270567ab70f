import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { queuePrefix } from '#app/context.ts';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { type OwnRedis, startOwnRedis } from '#app/testing/own_redis.ts';
import { startWorkerRole } from '#jobs/worker_role.ts';
import { loadConfig } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-schedules-'));
let db: QuestDb;
let env: NodeJS.ProcessEnv;
let own: OwnRedis;
let redis: Redis;
let worker: { close(): Promise<void> } | undefined;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  own = await startOwnRedis();
  redis = openRedis(own.redis);
  env = sharedServers({ questdb: inject('questdb'), redis: own.redis }, dataDir);
});
afterEach(async () => {
  await worker?.close();
  worker = undefined;
});
afterAll(async () => {
  redis.disconnect();
  own.end();
  await db.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function startWorker(): Promise<void> {
  const queues = { redis: own.redis, prefix: queuePrefix };
  const config = loadConfig({ ...process.env, ...env });
  worker = await startWorkerRole({ queues, db, dataDir, log: silent, concurrency: 1, redis, config });
}

const cli = (...args: string[]) => runCli(['schedules', ...args], env);
const list = async () => JSON.parse((await cli('--json')).stdout).schedules as { [name: string]: unknown }[];
const daily = async () => (await list()).find(({ id }) => id === 'train-daily');

it('lists what a worker plans, pauses and resumes it across a restart of the worker', async () => {
  expect(await daily()).toMatchObject({ missing: true, paused: null, next: null, last: null });
  expect((await cli()).stdout).toContain('A worker plans what is not planned: ./tickforest up.');
  await startWorker();
  expect(await daily()).toMatchObject({ queue: 'daily', missing: false, next: expect.stringMatching(/T03:10/) });

  const paused = await cli('pause', 'train-daily', '--json');
  expect([paused.code, JSON.parse(paused.stdout)]).toEqual([
    0,
    { id: 'train-daily', paused: expect.stringMatching(/^20/) },
  ]);
  await worker!.close();
  await startWorker();
  expect(await daily()).toMatchObject({ paused: JSON.parse(paused.stdout).paused, missing: false, next: null });
  expect((await cli()).stdout).toMatch(/train-daily +│ daily +│ train, validate, promote +│ paused /);
  expect((await cli('pause', 'train-daily')).stdout).toMatch(/^train-daily was paused already, since 20/);

  expect((await cli('resume', 'train-daily')).stdout).toMatch(
    /^train-daily is resumed\. Its next run comes at \S+T03:10/,
  );
  expect(await daily()).toMatchObject({ paused: null, next: expect.stringMatching(/T03:10/) });
  expect((await cli('resume', 'train-daily')).stdout).toMatch(/^train-daily was not paused\./);
});

it('runs one now, waits for it, and tells its outcome', async () => {
  const without = await cli('run', 'train-daily');
  expect([without.code, without.stdout]).toEqual([1, '']);
  expect(without.stderr).toMatch(
    /No worker is there to do train-daily; nothing was added\. Start one: \.\/tickforest up/,
  );

  await startWorker();
  const run = await cli('run', 'train-daily', '--json');
  expect(run.code, run.stderr).toBe(0);
  const result = { idle: 'no market has been ingested yet' };
  expect(JSON.parse(run.stdout)).toMatchObject({ id: 'train-daily', added: true, state: 'completed', result });
  expect(await daily()).toMatchObject({ last: { outcome: 'completed' } });

  // No market of this name has bars, so there is nothing to train on.
  const market = { venue: 'none', symbols: ['A-USDT'], clock: 'wall', allowSimulated: false };
  await redis.set(`${queuePrefix}:market`, JSON.stringify(market));
  const failed = await cli('run', 'train-daily');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/train-daily: (waits for a worker|at work), 0 s/);
  expect(failed.stderr).toMatch(/tickforest: The run of train-daily failed: .*candles/);
  expect((await cli()).stdout).toMatch(/train-daily failed: /);

  const added = await cli('run', 'freshness-by-the-minute', '--no-wait');
  expect([added.code, added.stdout]).toEqual([0, expect.stringMatching(/^freshness-by-the-minute /)]);
});

it.each([
  [
    ['pause', 'nightly'],
    /There is no schedule nightly\. Choose one of close-by-the-minute, .*train-daily, heartbeat\./,
  ],
  [['resume', 'nightly'], /There is no schedule nightly\. Choose one of close-by-the-minute, /],
  [['run', 'nightly'], /There is no schedule nightly\. Choose one of close-by-the-minute, /],
  [['pause', 'heartbeat'], /The schedule heartbeat cannot be paused: .* \.\/tickforest down\./],
])('refuses %j', async (args, reason) => {
  const { code, stdout, stderr } = await cli(...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(reason);
});

it('says that nothing runs, and starts no server for a run that nobody would do', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'tickforest-schedules-'));
  const { code, stderr } = await runCli(['schedules', 'run', 'train-daily'], { TICKFOREST_DATA_DIR: empty });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /Nothing is running, so no worker is there to do train-daily\. Start one: \.\/tickforest up\./,
  );
  rmSync(empty, { recursive: true, force: true });
});
