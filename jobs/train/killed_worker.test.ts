import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ownVenue } from '#features/testing/stored_market.ts';
import { openQueue } from '#jobs/queue/queues.ts';
import { startWorkers } from '#jobs/workers.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { readArtifact } from '#models/artifact.ts';
import { storeSimulatedBars } from './fixtures/simulated_bars.ts';
import { trainModels } from './train_all.ts';

const symbols = ['BTC-USDT', 'ETH-USDT'];
const venue = `sim-${ownVenue()}`;
const script = fileURLToPath(new URL('./fixtures/train_worker.ts', import.meta.url));

const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-killed-'));
const queues = { redis: inject('redis'), prefix: `killed-${randomUUID().slice(0, 8)}` };
let db: QuestDb;
beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  await storeSimulatedBars(db, { venue, symbols, minutes: 1_300, seed: 5 });
});
afterAll(async () => {
  await db.close();
  rmSync(dataDir, { recursive: true, force: true });
});

it('a training whose worker is killed is done by another, once', async () => {
  const first = spawn(process.execPath, [script, JSON.stringify({ questdb: inject('questdb'), queues, dataDir })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(first.stdout!, 'data');
  const ended = once(first, 'exit');
  let killed = 0;
  const second = ended.then(() => startWorkers({ queues, db, dataDir, log: silent, concurrency: 1 }, ['train']));
  const request = {
    ...{ venue, configured: symbols, timeframe: '1m' as const, horizon: 5, symbols: 2, bars: 700, folds: 5 },
    ...{ walk: 'expanding' as const, seed: 1, feeBp: 6, allowSimulated: true, models: ['volatility_regressor'] },
  };
  const { runs, failed } = await trainModels({ db, queues, dataDir }, request, (what, done) => {
    // Some fits are done, and others are not.
    if (what === 'models' && done > 0.3 && done < 0.9 && killed++ === 0) first.kill('SIGKILL');
  });
  await (await second).close();
  expect(killed).toBeGreaterThan(0);
  expect(failed).toEqual([]);

  const queue = openQueue<unknown, unknown>(queues, 'train');
  const [job] = await queue.getJobs(['completed', 'failed']);
  expect([job.attemptsStarted, job.stalledCounter, await job.getState()]).toEqual([2, 1, 'completed']);
  await queue.close();
  const [{ rows }] = await db.query<{ rows: number }>(
    `SELECT count() AS rows FROM model_runs WHERE venue = '${venue}'`,
  );
  expect(rows).toBe(1);
  expect(readdirSync(join(dataDir, 'artifacts', 'volatility_regressor'))).toEqual([runs[0].run_id]);
  expect(readArtifact(join(dataDir, runs[0].artifact)).trained.features.length).toBeGreaterThan(20);
});
