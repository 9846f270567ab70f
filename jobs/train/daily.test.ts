import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readReport } from '#app/report/newest_runs.ts';
import { answerBars } from '#jobs/predict/answer_bars.ts';
import { startWorkers } from '#jobs/workers.ts';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { trainDaily } from './daily.ts';
import { storeSimulatedBars } from './fixtures/simulated_bars.ts';

const { signals: limits } = configSchema.parse({});

const venue = `sim-${randomUUID().slice(0, 8)}`;
const symbols = ['BTC-USDT', 'ETH-USDT'];
const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-daily-'));
const queues = { redis: inject('redis'), prefix: `daily-${venue}` };
const market = { venue, symbols, clock: 'market', allowSimulated: true } as const;
let db: QuestDb;
beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  await storeSimulatedBars(db, { venue, symbols, minutes: 1_900, seed: 21 });
});
afterAll(async () => {
  await db.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function daily(training: { horizon?: number }) {
  const workers = await startWorkers({ queues, db, dataDir, log: silent, concurrency: 2 }, ['train']);
  try {
    const { training: usual } = configSchema.parse({});
    const settings = { ...usual, ...training, symbols: 2, bars: 1_300, folds: 2 };
    return await trainDaily({ db, queues, dataDir }, settings, { ...market, symbols });
  } finally {
    await workers.close();
  }
}

it('trains each model at its own horizons but those that the bars are too few for', async () => {
  const { runs, passedOver } = await daily({});
  expect(runs.map(({ model, horizon }) => `${model} ${horizon}`)).toEqual([
    'direction_predictor 1',
    'price_predictor 5',
    'momentum_classifier 5',
    'volatility_regressor 5',
    'volatility_regressor 15',
    'risk_scorer 5',
    'risk_scorer 15',
  ]);
  expect(passedOver).toEqual(
    ['volatility_regressor', 'risk_scorer'].map((model) => ({
      ...{ model, horizon: 60 },
      reason: expect.stringMatching(/780 bars, and a p-value at a horizon of 60 needs at least 3000/),
    })),
  );
  for (const { reasons } of runs) expect(reasons).toContain('it was trained on a simulated market');

  // Each stands in the report beside those of other horizons, with the figures of its own run.
  const reports = await readReport(db, venue, '1m');
  expect(reports.map(({ name, horizon, run_id }) => [name, horizon, run_id])).toEqual(
    runs.map(({ model, horizon, run_id }) => [model, horizon, run_id]),
  );
  for (const [i, { skill, p_value }] of reports.entries())
    expect([skill, p_value]).toEqual([runs[i].skill, runs[i].p_value]);

  // And has signals of its own: none takes the place of one of another horizon.
  const request = { venue, timeframe: '1m', clock: 'market', staleSeconds: 60, limits } as const;
  expect(await answerBars(db, dataDir, request)).toMatchObject({ made: 2 * runs.length, skipped: [] });
  expect(await answerBars(db, dataDir, request)).toMatchObject({ signals: 2 * runs.length, made: 0 });
  const signals = await db.query<{ run_id: string; horizon: number; signals: number }>(
    `SELECT run_id, horizon, count() AS signals FROM signals WHERE venue = '${venue}'`,
  );
  const listed = signals.map(({ run_id, horizon, signals: count }) => `${run_id} ${horizon} ${count}`);
  expect(listed.sort()).toEqual(runs.map(({ run_id, horizon }) => `${run_id} ${horizon} 2`).sort());
});

it('trains at the configured horizon alone', async () => {
  const { runs, passedOver } = await daily({ horizon: 3 });
  expect(runs.map(({ horizon }) => horizon)).toEqual([3, 3, 3, 3, 3]);
  expect(passedOver).toEqual([]);
});
