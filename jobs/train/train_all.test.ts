import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readImportance } from '#app/report/importance.ts';
import { readRegimes } from '#app/report/regimes.ts';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { catalogue } from '#features/catalogue.ts';
import { inputColumns } from '#features/inputs.ts';
import { answerBars } from '#jobs/predict/answer_bars.ts';
import { promoteRun, rollBack } from '#jobs/runs/promote.ts';
import { startWorkers } from '#jobs/workers.ts';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { readImportance as importanceOf } from '#models/artifact.ts';
import { modelNames } from '#models/catalogue.ts';
import { inputsAmong } from '#models/inputs.ts';
import { storeSimulatedBars } from './fixtures/simulated_bars.ts';
import type { StoredRun } from './run.ts';
import { type TrainingRequest, trainModels } from './train_all.ts';

const { signals: limits } = configSchema.parse({});

// Simulated bars under a venue that says so: what is tested here is who does the work, and what becomes of it.
const id = randomUUID().slice(0, 8);
const venue = `sim-${id}`;
const symbols = ['BTC-USDT', 'ETH-USDT'];

describe('training by jobs', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-training-'));
  const queues = { redis: inject('redis'), prefix: `training-${id}` };
  let db: QuestDb;
  const request: TrainingRequest = {
    venue,
    configured: symbols,
    timeframe: '1m',
    horizon: 5,
    symbols: 2,
    bars: 700,
    folds: 5,
    seed: 1,
    feeBp: 6,
    allowSimulated: true,
  };

  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await storeSimulatedBars(db, { venue, symbols, minutes: 1_300, seed: 11 });
  });
  afterAll(async () => {
    await db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  function cli(...args: string[]) {
    const servers = { questdb: inject('questdb'), redis: inject('redis') };
    return runCli(args, sharedServers(servers, dataDir));
  }
  const count = async (query: string) => Number(Object.values((await db.query(query))[0])[0]);

  const ids = () => runs.map(({ run_id }) => `'${run_id}'`).join();
  const inputs = inputColumns().map(({ name }) => name);
  /** The features that the model of a run sees, and their families. */
  const seenBy = (run: StoredRun) => {
    const winner = run.candidates.find(({ name }) => name === run.engine)!;
    const features = inputsAmong(inputs, winner.inputs ?? 'all');
    return {
      features,
      families: new Set(catalogue().flatMap((each) => (features.includes(each.name) ? [each.family] : []))),
    };
  };
  const allSeen = () =>
    runs.map(seenBy).reduce((sum, { features, families }) => sum + features.length + families.size, 0);

  let runs: StoredRun[];
  it('is shared by two workers on one Redis, and each model is trained once', async () => {
    const workers = await Promise.all(
      [1, 2].map(() => startWorkers({ queues, db, dataDir, log: silent, concurrency: 1 }, ['train'])),
    );
    try {
      const result = await trainModels({ db, queues, dataDir }, request);
      expect(result.failed).toEqual([]);
      runs = result.runs;
      expect(runs.map((run) => run.model)).toEqual([...modelNames]);
      expect(await count(`select count() from model_runs where venue = '${venue}'`)).toBe(modelNames.length);
      for (const model of modelNames) expect(readdirSync(join(dataDir, 'artifacts', model))).toHaveLength(1);

      // Each feature and each family of each run, once.
      const importances = () => count(`select count() from model_importance where run_id in (${ids()})`);
      expect(await importances()).toBe(allSeen());

      // The same work again is the same run, and no second row.
      const again = await trainModels({ db, queues, dataDir }, request);
      expect(again.runs.map((run) => run.run_id)).toEqual(runs.map((run) => run.run_id));
      expect(await count(`select count() from model_runs where venue = '${venue}'`)).toBe(modelNames.length);
      expect(await importances()).toBe(allSeen());
    } finally {
      await Promise.all(workers.map((each) => each.close()));
    }
  });

  it('stores what each model rests on, which a report tells from the most important down', async () => {
    const reported = await readImportance(db, venue, '1m');
    expect(reported.map(({ model }) => model)).toEqual([...modelNames]);
    for (const [i, each] of reported.entries()) {
      const stored = importanceOf(join(dataDir, runs[i].artifact));
      expect(each.run_id).toBe(runs[i].run_id);
      const seen = seenBy(runs[i]);
      expect(each.features.map(({ name }) => name).sort()).toEqual(seen.features.sort());
      expect(new Set(each.families.map(({ name }) => name))).toEqual(seen.families);
      const byLoss = (list: { permutation: number }[]) => list.map(({ permutation }) => permutation);
      expect(byLoss(each.features)).toEqual(byLoss(each.features).sort((a, b) => b - a));
      expect(byLoss(each.families)).toEqual(byLoss(each.families).sort((a, b) => b - a));
      for (const { name, gain, permutation, permutation_deviation, carries_nothing } of each.features) {
        const { mean, deviation } = stored.permutation[name];
        expect([gain, permutation, permutation_deviation]).toEqual([stored.gain[name], mean, deviation]);
        expect(carries_nothing).toBe(mean <= deviation);
      }
      for (const { name, features, gain, permutation } of each.families) {
        const members = each.features.filter(({ family }) => family === name);
        expect(features).toBe(members.length);
        expect(gain).toBeCloseTo(
          members.reduce((sum, member) => sum + member.gain, 0),
          10,
        );
        expect(permutation).toBe(stored.families[name].permutation.mean);
      }
    }
  });

  it('tells fold by fold whether models of each regime helped', async () => {
    const workers = await startWorkers({ queues, db, dataDir, log: silent, concurrency: 1 }, ['train']);
    const other = `sim-regime-${id}`;
    try {
      await db.query(
        `INSERT INTO candles_1m (ts, venue, symbol, open, high, low, close, volume, source, complete, known_at)
         SELECT ts, '${other}', symbol, open, high, low, close, volume, source, complete, known_at FROM candles_1m
         WHERE venue = '${venue}'`,
      );
      await db.applied(['candles_1m']);
      const asked = { ...request, venue: other, models: ['risk_scorer'], perRegime: true };
      const { runs: tried } = await trainModels({ db, queues, dataDir }, asked);
      const own = ['forest', 'linear', 'gamma'].map((engine) => `${engine}_by_regime`);
      const names = ['forest', 'linear', 'gamma', 'gamma_lean', ...own];
      expect(tried[0].candidates.map(({ name }) => name)).toEqual(names);
      const compared = await readRegimes(db, other, '1m');
      expect(compared.map(({ engine }) => engine)).toEqual(own.toSorted());
      for (const { engine, all, folds, p_value } of compared) {
        const loss = (name: string) => tried[0].candidates.find((each) => each.name === name)!.loss;
        expect(all.loss).toBeCloseTo(loss(engine), 14);
        expect(all.pooled_loss).toBeCloseTo(loss(engine.replace('_by_regime', '')), 14);
        expect(folds).toHaveLength(5);
        expect(p_value > 0 && p_value <= 1).toBe(true);
      }
      const shown = await cli('report', '--venue', other, '--per-regime');
      expect(shown.code, shown.stderr).toBe(0);
      expect(shown.stdout).toMatch(/risk_scorer, 5 bars ahead, forest_by_regime, run [0-9a-f]{16}: /);
      expect(shown.stdout).toMatch(/fold 5/);
      const none = await cli('report', '--venue', venue, '--per-regime');
      expect(none).toMatchObject({ code: 1, stdout: '' });
      expect(none.stderr).toMatch(/tried models by regime.*train --venue \S+ --timeframe 1m --per-regime/s);
    } finally {
      await workers.close();
    }
  });

  it('reports a run of before importance was measured without any', async () => {
    const old = `old-${venue}`;
    await db.query(
      `insert into model_runs (ts, created_at, run_id, model, timeframe, horizon, venue, shuffled) values ('2026-01-01', '2026-01-01', 'old', 'risk_scorer', '1m', 5, '${old}', false)`,
    );
    await db.applied(['model_runs']);
    expect(await readImportance(db, old, '1m')).toEqual([
      { model: 'risk_scorer', horizon: 5, run_id: 'old', families: [], features: [] },
    ]);
  });

  it('has a report of features as tables and as a document', async () => {
    const options = ['report', '--venue', venue, '--features', 'risk_scorer'];
    const table = await cli(...options);
    expect(table.code, table.stderr).toBe(0);
    const [{ features, families: whole }] = (await readImportance(db, venue, '1m')).filter(
      ({ model }) => model === 'risk_scorer',
    );
    const shown = [...whole, ...features.slice(0, 10), ...features.slice(-10)].map(({ name }) => name);
    for (const name of shown) expect(table.stdout).toMatch(new RegExp(`│ ${name} `));
    const idle = features.filter((each) => each.carries_nothing);
    expect(table.stdout).toContain(
      `${idle.length} of ${features.length} features carry no measurable skill in risk_scorer`,
    );
    expect(table.stdout).not.toContain('price_predictor');

    const { importance, models } = JSON.parse((await cli(...options, '--json')).stdout);
    expect(models).toHaveLength(modelNames.length);
    expect(importance).toEqual([
      { model: 'risk_scorer', horizon: 5, run_id: runs[4].run_id, families: whole, features },
    ]);

    const unknown = await cli('report', '--venue', venue, '--features', 'oracle');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/There is no model oracle\..*Choose one of direction_predictor/s);
  });

  it('is refused on a simulated market unless told otherwise', async () => {
    const workers = await startWorkers({ queues, db, dataDir, log: silent, concurrency: 1 }, ['train']);
    try {
      await expect(
        trainModels({ db, queues, dataDir }, { ...request, models: ['price_predictor'], allowSimulated: false }),
      ).rejects.toThrow(/models are not trained on made-up data/);
      await expect(trainModels({ db, queues, dataDir }, { ...request, models: ['oracle'] })).rejects.toThrow(
        /There is no model oracle/,
      );
    } finally {
      await workers.close();
    }
  });

  it('never makes a champion of a simulated run', async () => {
    for (const run of runs) {
      const decision = await promoteRun(db, dataDir, run.run_id);
      expect(decision.passes).toBe(false);
      expect(decision.reasons).toContain('it was trained on a simulated market');
    }
    expect(await count(`select count() from model_promotions where venue = '${venue}'`)).toBe(0);
    await expect(promoteRun(db, dataDir, 'no-such-run')).rejects.toThrow(/There is no run no-such-run/);
  });

  it('predicts the newest bar once, gated with the reasons', async () => {
    const request = { venue, timeframe: '1m', clock: 'market', staleSeconds: 60, limits } as const;
    expect(await answerBars(db, dataDir, request)).toMatchObject({
      signals: 2 * modelNames.length,
      made: 2 * modelNames.length,
      models: modelNames.length,
      symbols: 2,
      skipped: [],
    });
    expect(await answerBars(db, dataDir, request)).toMatchObject({ signals: 2 * modelNames.length, made: 0 });
    const rows = await db.query<{
      gated: boolean;
      reason: string;
      run_id: string;
      vector_digest: string;
      age_seconds: number;
    }>(`select * from signals where venue = '${venue}'`);
    expect(rows).toHaveLength(2 * modelNames.length);
    for (const row of rows) {
      expect(row.gated).toBe(true);
      expect(row.reason).toBe('simulated market; no champion');
      expect(row.vector_digest).toMatch(/^[0-9a-f]{32}$/);
      expect(row.age_seconds).toBe(0);
      expect(runs.map((run) => run.run_id)).toContain(row.run_id);
    }
  });

  it('never lets an experiment speak', async () => {
    const workers = await startWorkers({ queues, db, dataDir, log: silent, concurrency: 1 }, ['train']);
    try {
      const { runs: later } = await trainModels(
        { db, queues, dataDir },
        { ...request, models: ['price_predictor'], seed: 2 },
      );
      const speaking = await db.rows('runs/predicting', { venue, timeframe: '1m' });
      expect(speaking.map(({ run_id }) => run_id).sort()).toEqual(runs.map(({ run_id }) => run_id).sort());
      expect(await count(`select count() from model_runs where run_id = '${later[0].run_id}' and experiment`)).toBe(1);
    } finally {
      await workers.close();
    }
  });

  it('shuffles labels as often as told, judges them against chance, and counts what is found', async () => {
    const options = ['--venue', venue, '--top', '2', '--bars', '700', '--horizon', '5', '--allow-simulated'];
    const drawn = await cli('train', 'volatility_regressor', ...options, '--seed', '4', '--shuffles', '3', '--json');
    expect(drawn.code, drawn.stderr).toBe(0);
    const document = JSON.parse(drawn.stdout) as { runs: StoredRun[]; shuffled: Record<string, unknown>[] };
    expect(document.runs.map(({ seed, shuffled, baseline_name }) => [seed, shuffled, baseline_name])).toEqual(
      [4, 5, 6].map((seed) => [seed, true, 'symbol_mean']),
    );
    const pValues = document.runs.map(({ p_value }) => p_value);
    expect(new Set(pValues).size).toBeGreaterThan(1);
    expect(document.shuffled).toMatchObject([
      {
        ...{ model: 'volatility_regressor', horizon: 5, draws: 3, leaks: false },
        ...{ below: pValues.filter((value) => value < 0.05).length },
        p_values: pValues.map((p_value, draw) => ({ seed: 4 + draw, p_value })),
      },
    ]);
    // They are among no models: neither in the report nor promoted.
    expect((await promoteRun(db, dataDir, document.runs[0].run_id)).reasons).toContain('its labels were shuffled');
    const shown = JSON.parse((await cli('report', '--venue', venue, '--json')).stdout) as {
      models: { run_id: string }[];
    };
    expect(shown.models.map(({ run_id }) => run_id)).not.toContain(document.runs[0].run_id);
  });

  it('rolls back along the line of champions', async () => {
    const of = { venue, model: 'price_predictor', timeframe: '1m' };
    await expect(rollBack(db, of, 'test')).rejects.toThrow(/has no champion/);
    for (const [i, run_id] of ['a', 'b', 'c'].entries()) {
      await db.query(
        `insert into model_promotions (ts, venue, model, timeframe, horizon, run_id, action) values ('2026-01-01T00:00:0${i}Z', '${venue}', 'price_predictor', '1m', 5, '${run_id}', 'promoted')`,
      );
    }
    await db.applied(['model_promotions']);
    expect(await rollBack(db, of, 'test')).toEqual({ horizon: 5, from: 'c', to: 'b' });
    const again = await cli('rollback', of.model, '--venue', venue, '--horizon', '5');
    expect(again.stdout, again.stderr).toMatch(
      /^a is the champion of price_predictor, 5 bars ahead, again; it replaces b\./,
    );
    await expect(rollBack(db, of, 'test')).rejects.toThrow(/has had no champion before a, 5 bars ahead/);
  });
});
