import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ownVenue } from '#features/testing/stored_market.ts';
import { reproduceRun } from '#jobs/runs/reproduce.ts';
import { startWorkers } from '#jobs/workers.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { modelNamed } from '#models/catalogue.ts';
import { trialParameters } from '#models/tuning/space.ts';
import { storeSimulatedBars } from './fixtures/simulated_bars.ts';
import { type TuningRequest, tuneModels } from './tune_all.ts';

// A simulated market: what is tested is which trials are made, by whom, and what becomes of them.
const symbols = ['BTC-USDT', 'ETH-USDT'];
const venue = `sim-${ownVenue()}`;
const model = 'volatility_regressor';

describe('a search for parameters', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-tuning-'));
  const queues = { redis: inject('redis'), prefix: `tuning-${randomUUID().slice(0, 8)}` };
  let db: QuestDb;
  const request: TuningRequest = {
    ...{ venue, configured: symbols, timeframe: '1m', horizon: 5, symbols: 2, bars: 700, folds: 3, walk: 'expanding' },
    ...{ seed: 1, feeBp: 6, allowSimulated: true, models: [model], engine: 'linear', trials: 3 },
  };

  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await storeSimulatedBars(db, { venue, symbols, minutes: 1_300, seed: 5 });
  });
  afterAll(async () => {
    await db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const trials = () =>
    db.query<{
      fold: number;
      trial: number;
      parameters: string;
      loss: number;
      chosen: boolean;
      created_at: Date;
      ts: Date;
    }>(`SELECT * FROM model_trials WHERE venue = '${venue}' ORDER BY fold, trial`);
  const tune = async (asked: TuningRequest, seen: string[] = []) => {
    const workers = await Promise.all(
      [1, 2].map(() => startWorkers({ queues, db, dataDir, log: silent, concurrency: 1 }, ['train', 'tune'])),
    );
    try {
      return await tuneModels({ db, queues, dataDir }, asked, (what, done, total) =>
        seen.push(`${what} ${done}/${total}`),
      );
    } finally {
      await Promise.all(workers.map((each) => each.close()));
    }
  };

  it('tries each configuration on each training part, and trains with the best of each', async () => {
    const seen: string[] = [];
    const { runs, failed } = await tune(request, seen);
    expect(failed).toEqual([]);
    // 12 trials of 3 fits, then 5 candidates on 3 folds and the whole window: told at the very end alone.
    expect(seen.at(-1)).toBe('fits 52/52');
    expect(seen.filter((each) => each === 'fits 52/52')).toHaveLength(1);
    expect(seen).toContain('fits 36/52');
    const rows = await trials();
    // Three folds and the whole window.
    expect(rows.map(({ fold, trial }) => [fold, trial])).toEqual(
      [-1, 0, 1, 2].flatMap((f) => [0, 1, 2].map((t) => [f, t])),
    );
    const [run] = runs;
    const names = ['forest', 'linear', 'linear_and_forest', 'linear_lean', 'linear_tuned'];
    expect(run.candidates.map(({ name }) => name)).toEqual(names);
    const tuned = run.candidates[4];
    for (const fold of [-1, 0, 1, 2]) {
      const own = rows.filter((row) => row.fold === fold);
      for (const { trial, parameters } of own)
        expect(JSON.parse(parameters)).toEqual(trialParameters(modelNamed(model), 'linear', 1, trial));
      const best = own.toSorted((a, b) => a.loss - b.loss)[0];
      expect(own.filter(({ chosen }) => chosen)).toEqual([best]);
      expect(fold === -1 ? tuned.parameters : tuned.ofFolds![fold]).toEqual(JSON.parse(best.parameters));
    }
    expect(run.search).toEqual({ id: expect.stringMatching(/^[0-9a-f]{16}$/), engine: 'linear', trials: 3 });
    // What was chosen is recorded, so that the run can be done again without the search.
    expect(await reproduceRun(db, dataDir, run.run_id)).toMatchObject({ reproduced: true });
  });

  it('goes on from the trials that were made', async () => {
    const before = await trials();
    const { runs } = await tune({ ...request, trials: 4 });
    const after = await trials();
    expect(after).toHaveLength(16);
    const made = (rows: typeof after) => rows.map(({ fold, trial, loss }) => ({ fold, trial, loss }));
    expect(made(after.filter(({ trial }) => trial < 3))).toEqual(made(before));
    expect(runs[0].search).toMatchObject({ trials: 4 });
  });

  it('says why it cannot', async () => {
    await expect(tune({ ...request, models: ['oracle'] })).rejects.toThrow(/There is no model oracle/);
    await expect(tune({ ...request, engine: 'linear_by_regime' })).rejects.toThrow(
      /nothing to search.*linear_by_regime/,
    );
    // The inner folds of the first training part are too short: the trial's own reason is told.
    await expect(tune({ ...request, bars: 500, horizon: 60, folds: 2 })).rejects.toThrow(/bars in time/);
  });
});
