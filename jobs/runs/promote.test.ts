import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import type { StoredRun, TrainJob } from '#jobs/train/run.ts';
import { trainModel } from '#jobs/train/train_model.ts';
import { prepareWindow } from '#jobs/train/window.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { promoteRun, rollBack } from './promote.ts';

const venue = ownVenue();
const symbol = 'A-USDT';
const model = 'price_predictor';
const title = { venue, model, timeframe: '1m' };

describe('champions of several horizons', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-promote-'));
  let db: QuestDb;
  let [near, nearAgain, far]: StoredRun[] = [];
  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await storeBars(
      db,
      walk(1_900, 3, Date.UTC(2026, 0, 5)).map((bar) => ({ ...bar, venue, symbol })),
    );
    near = await passing(5, 1);
    nearAgain = await passing(5, 2);
    far = await passing(15, 1);
  });
  afterAll(async () => {
    await db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** A run on bars that nothing foretells, whose metadata say otherwise. */
  async function passing(horizon: number, seed: number): Promise<StoredRun> {
    const request = { venue, configured: [symbol], timeframe: '1m', horizon, symbols: 1, bars: 1_300 } as const;
    const { window, excludedShare, excludedWhy } = await prepareWindow(db, request);
    const job: TrainJob = {
      ...{ model, window, folds: 2, walk: 'expanding', seed },
      ...{ feeBp: 6, shuffled: false, allowSimulated: false, excludedShare, excludedWhy },
    };
    const run = await trainModel(db, dataDir, job);
    const file = join(dataDir, run.artifact, 'metadata.json');
    const said = { skill: 0.1, p_value: 0.001, without_best: null, constant: false };
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...said }));
    return run;
  }

  const champions = async () =>
    (await db.rows('runs/champions', { venue, timeframe: '1m' })).map(({ horizon, run_id }) => [horizon, run_id]);
  const predicting = async () =>
    (await db.rows('runs/predicting', { venue, timeframe: '1m' })).map((row) => [
      row.horizon,
      row.run_id,
      row.champion,
    ]);

  it('stand beside one another, and a run is compared with that of its own alone', async () => {
    expect(await promoteRun(db, dataDir, near.run_id)).toMatchObject({ horizon: 5, passes: true });
    const decision = await promoteRun(db, dataDir, far.run_id);
    // A comparison with the champion of 5 bars would be refused: it has seen all of the rows.
    expect(decision).toEqual({
      model,
      horizon: 15,
      run_id: far.run_id,
      passes: true,
      reasons: ['skill 0.1 with p = 0.001'],
    });
    expect(await champions()).toEqual([
      [5, near.run_id],
      [15, far.run_id],
    ]);
    const own = await promoteRun(db, dataDir, nearAgain.run_id);
    expect(own).toMatchObject({ passes: false, reasons: [expect.stringMatching(/only 0 bars are unseen/)] });
    // The newest run of 5 bars is another, and the champion predicts.
    expect(await predicting()).toEqual([
      [5, near.run_id, near.run_id],
      [15, far.run_id, far.run_id],
    ]);
    const standing = await db.rows('runs/standing', { venue, timeframe: '1m' });
    expect(standing.map(({ horizon, champion }) => [horizon, champion])).toEqual(await champions());
  });

  it('are those of before too, whose decisions had no horizon', async () => {
    await db.query(
      `insert into model_promotions (ts, venue, model, timeframe, run_id, action, reason)
       values (now(), '${venue}', '${model}', '1m', '${nearAgain.run_id}', 'promoted', 'before')`,
    );
    await db.query(
      `insert into model_promotions (ts, venue, model, timeframe, run_id, action, reason)
       values (now(), '${venue}', '${model}', '1m', 'of-no-table', 'promoted', 'before')`,
    );
    await db.applied(['model_promotions']);
    expect(await champions()).toEqual([
      [5, nearAgain.run_id],
      [15, far.run_id],
    ]);
    // None is lost and none doubled; what no table knows the run of is there, without a horizon.
    const decisions = await db.query<{ run_id: string; horizon: number | null }>(
      `select run_id, horizon from champion_decisions where venue = '${venue}' order by ts`,
    );
    expect(decisions.map(({ run_id, horizon }) => [run_id, horizon])).toEqual([
      [near.run_id, 5],
      [far.run_id, 15],
      [nearAgain.run_id, 5],
      ['of-no-table', null],
    ]);
  });

  it('are rolled back by horizon, which has to be said where there are several', async () => {
    const unsaid = rollBack(db, title, 'test');
    await expect(unsaid).rejects.toThrow(
      `${model} has champions of several horizons on 1m bars of ${venue}: 5 (run ${nearAgain.run_id}), 15 (run ${far.run_id}).`,
    );
    await expect(unsaid).rejects.toHaveProperty('remedy', 'Choose one with --horizon N.');
    expect(await rollBack(db, { ...title, horizon: 5 }, 'test')).toEqual({
      ...{ horizon: 5, from: nearAgain.run_id, to: near.run_id },
    });
    expect(await champions()).toEqual([
      [5, near.run_id],
      [15, far.run_id],
    ]);
    await expect(rollBack(db, { ...title, horizon: 15 }, 'test')).rejects.toThrow(
      /no champion before .*, 15 bars ahead/,
    );
    await expect(rollBack(db, { ...title, horizon: 60 }, 'test')).rejects.toThrow(/has no champion 60 bars ahead/);
    await expect(rollBack(db, { ...title, model: 'risk_scorer' }, 'test')).rejects.toThrow(
      /risk_scorer has no champion/,
    );
  });
});
