import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { queuePrefix } from '#app/context.ts';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { type OwnRedis, startOwnRedis } from '#app/testing/own_redis.ts';
import { ownVenue } from '#features/testing/stored_market.ts';
import { openQueue } from '#jobs/queue/queues.ts';
import { storeSimulatedBars } from '#jobs/train/fixtures/simulated_bars.ts';
import { QuestDb } from '#lib/questdb/database.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const venue = `sim-${ownVenue()}`;
const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-jobs-'));
let db: QuestDb;
let env: NodeJS.ProcessEnv;
let own: OwnRedis;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  await storeSimulatedBars(db, { venue, symbols: ['BTC-USDT', 'ETH-USDT'], minutes: 1_300, seed: 7 });
  own = await startOwnRedis();
  env = sharedServers({ questdb: inject('questdb'), redis: own.redis }, dataDir);
});
afterAll(async () => {
  await db.close();
  own.end();
  rmSync(dataDir, { recursive: true, force: true });
});

const training = (model: string) => [
  ...['train', model, '--venue', venue, '--bars', '700', '--allow-simulated', '--json'],
];
const models = async () =>
  (await db.query(`select model from model_runs where venue = '${venue}'`)).map(({ model }) => model);
const left = async () => JSON.parse((await runCli(['jobs', '--json'], env)).stdout).jobs;

it('a training that was cut off is told by the next command, which does only its own', async () => {
  const cutOff = spawn(process.execPath, [main, ...training('risk_scorer')], { env: { ...process.env, ...env } });
  const ended = once(cutOff, 'exit');
  const queue = openQueue<object, unknown>({ redis: own.redis, prefix: queuePrefix }, 'train');
  while ((await queue.getActiveCount()) === 0) await sleep(20);
  cutOff.kill('SIGKILL');
  await ended;
  await queue.close();

  const next = await runCli(training('volatility_regressor'), env);
  expect(next.code, next.stderr).toBe(0);
  expect(next.stderr).toMatch(
    /1 job waits in the queue train, left by an earlier command or service.*up does them, \.\/tickforest jobs drop train removes them/,
  );
  expect(await models()).toEqual(['volatility_regressor']);
  expect(await left()).toMatchObject([{ queue: 'train', name: 'risk_scorer' }]);

  // A worker that has died holds its lock for half a minute.
  while ((await runCli(['jobs', 'drop', '--json'], env)).code !== 0) await sleep(1_000);
  expect(await left()).toEqual([]);
  const after = await runCli(training('volatility_regressor'), env);
  expect(after.code, after.stderr).toBe(0);
  expect(after.stderr).not.toContain('left by an earlier command');
  expect(await models()).toEqual(['volatility_regressor']);
});

it('a queue whose jobs nothing brings again is not one to drop from', async () => {
  const { code, stderr } = await runCli(['jobs', 'drop', 'close'], env);
  expect(code).toBe(1);
  expect(stderr).toMatch(/close.*Allowed choices are train, tune/);
});
