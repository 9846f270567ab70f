import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readReport } from '#app/report/newest_runs.ts';
import { ownVenue } from '#features/testing/stored_market.ts';
import { reproduceRun } from '#jobs/runs/reproduce.ts';
import { startWorkers } from '#jobs/workers.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { storeSimulatedBars } from './fixtures/simulated_bars.ts';
import { type TrainingRequest, trainModels } from './train_all.ts';

const symbols = ['BTC-USDT', 'ETH-USDT'];
const venue = `sim-${ownVenue()}`;
const minutes = 6_200;

describe('training on bars of five minutes', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-timeframes-'));
  const queues = { redis: inject('redis'), prefix: `timeframes-${randomUUID().slice(0, 8)}` };
  const request: TrainingRequest = {
    ...{ venue, configured: symbols, timeframe: '5m', horizon: 5, symbols: 2, bars: 520, folds: 3, walk: 'expanding' },
    ...{ seed: 1, feeBp: 6, allowSimulated: true, models: ['volatility_regressor'] },
  };
  let db: QuestDb;
  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await storeSimulatedBars(db, { venue, symbols, minutes, seed: 5 });
  });
  afterAll(async () => {
    await db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const train = async (asked: TrainingRequest) => {
    const workers = await startWorkers({ queues, db, dataDir, log: silent, concurrency: 1 }, ['train']);
    try {
      return await trainModels({ db, queues, dataDir }, asked);
    } finally {
      await workers.close();
    }
  };

  it('fits, stores and reports a run of its own', async () => {
    const { runs, failed } = await train(request);
    expect(failed).toEqual([]);
    const [run] = runs;
    expect(run).toMatchObject({ timeframe: '5m', window: { bars: 520, rows: 1_040 } });
    expect(Date.parse(run.window.to) - Date.parse(run.window.from)).toBe(519 * 5 * 60_000);
    // The features across timeframes are of minutes alone.
    expect(run.features).toBeGreaterThan(100);
    expect((await readReport(db, venue, '5m')).map(({ run_id }) => run_id)).toEqual([run.run_id]);
    expect(await readReport(db, venue, '1m')).toEqual([]);
    expect(await reproduceRun(db, dataDir, run.run_id)).toMatchObject({ reproduced: true });
  });

  it('says how many bars it lacks', async () => {
    await expect(train({ ...request, timeframe: '15m' })).rejects.toThrow(
      /last 520 bars of 15m.*it has 41[34] candles and 520 are wanted/,
    );
    await expect(train({ ...request, timeframe: '4h' })).rejects.toThrow(/no features of 4h bars/);
  });
});
