import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { answerBars } from '#jobs/predict/answer_bars.ts';
import { promoteRun } from '#jobs/runs/promote.ts';
import type { StoredRun, TrainJob } from '#jobs/train/run.ts';
import { trainModel } from '#jobs/train/train_model.ts';
import { prepareWindow } from '#jobs/train/window.ts';
import { configSchema } from '#lib/config.ts';
import { QuestDb } from '#lib/questdb/database.ts';

const { signals: limits } = configSchema.parse({});

const symbol = 'AAA-USDT';
const minutes = 1_200;
const start = Date.UTC(2026, 1, 3);

describe('bad input to models', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-bad-input-'));
  const copies: string[] = [];
  const venue = ownVenue();
  const rising = ownVenue();
  const unmeasured = ownVenue();
  let db: QuestDb;
  let run: StoredRun;
  let other: StoredRun;

  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await storeBars(
      db,
      walk(minutes, 3, start).map((bar) => ({ ...bar, venue, symbol })),
    );
    // Each close is higher than any before, by more or less.
    const climb = walk(minutes, 4, start).map((bar, i) => {
      const close = 100 + i + (bar.close % 1) / 2;
      return { ...bar, venue: rising, symbol, open: close - 0.1, low: close - 0.3, high: close + 0.2, close };
    });
    await storeBars(db, climb);
    await storeBars(
      db,
      walk(minutes, 5, start).map((bar) => ({ ...bar, venue: unmeasured, symbol, volume: Number.NaN })),
    );
    const request = { venue, configured: [symbol], timeframe: '1m', horizon: 5, symbols: 1, bars: 600 } as const;
    const { window, excludedShare, excludedWhy } = await prepareWindow(db, request);
    const job: TrainJob = {
      ...{ model: 'price_predictor', window, folds: 5, walk: 'expanding', seed: 1, feeBp: 6 },
      ...{ shuffled: false, allowSimulated: false, excludedShare, excludedWhy },
    };
    run = await trainModel(db, dataDir, job);
    other = await trainModel(db, dataDir, { ...job, seed: 2 });
  });
  afterAll(async () => {
    await db.close();
    for (const directory of [dataDir, ...copies]) rmSync(directory, { recursive: true, force: true });
  });

  /** What the command says when it ends with 1: one sentence, with what to do, and nothing on stdout. */
  async function refusal(args: string[], directory = dataDir): Promise<string> {
    const servers = { questdb: inject('questdb'), redis: inject('redis') };
    const { code, stdout, stderr } = await runCli(args, sharedServers(servers, directory));
    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toMatch(/^ +at /m);
    const said = stderr.split('\n').filter((line) => /^(tickforest|error): /.test(line));
    expect(said, stderr).toHaveLength(1);
    return said[0];
  }

  /** The artifacts in a place where they may be harmed. */
  function harmed(harm: (artifact: string) => void, of = run): string {
    const directory = mkdtempSync(join(tmpdir(), 'tickforest-bad-input-'));
    copies.push(directory);
    cpSync(dataDir, directory, { recursive: true });
    harm(join(directory, of.artifact));
    return directory;
  }
  const foreign = (artifact: string) => {
    const file = join(artifact, 'metadata.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(run.feature_set, 'anotherset'));
  };
  const damaged = (artifact: string) => {
    const file = join(artifact, 'model.bin');
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.of(0)]));
  };
  /** As an older version wrote it. */
  const older = (artifact: string) => {
    const [model, metadata] = ['model.json.gz', 'metadata.json'].map((name) => join(artifact, name));
    const saved = JSON.parse(gunzipSync(readFileSync(model)).toString());
    const packed = gzipSync(JSON.stringify({ ...saved, format: 'tickforest-model-3' }));
    writeFileSync(model, packed);
    const digests = { model_digest: createHash('sha256').update(packed).digest('hex'), binary_digest: undefined };
    writeFileSync(metadata, JSON.stringify({ ...JSON.parse(readFileSync(metadata, 'utf8')), ...digests }));
  };
  const predicted = (directory: string) =>
    answerBars(db, directory, { venue, timeframe: '1m', clock: 'market', staleSeconds: 60, limits });

  it.each([
    [
      'fewer bars than asked for',
      ['--bars', '5000'],
      /Training needs the last 5000 bars .* 1200 candles .* fewer bars/,
    ],
    ['fewer than a p-value needs', ['--bars', '600', '--horizon', '30'], /needs at least 1500\. Raise training\.bars/],
    ['a number of bars that no model learns from', ['--bars', '20'], /Give a whole number of 500 or more/],
    ['a symbol that has none', ['--symbols', 'ZZZ-USDT'], /missing for ZZZ-USDT \(it has no candles\)\. Fetch them/],
  ])('too few rows: %s', async (_, options, reason) => {
    expect(await refusal(['train', 'price_predictor', '--venue', venue, ...options])).toMatch(reason);
  });

  it('one class only', async () => {
    const said = await refusal(['train', 'direction_predictor', '--venue', rising, '--bars', '600']);
    expect(said).toMatch(/sees only the class up in the training window\. Choose a longer window/);
  });

  it('a column of nothing but nulls', async () => {
    const said = await refusal(['train', 'price_predictor', '--venue', unmeasured, '--bars', '600']);
    expect(said).toMatch(/AAA-USDT: no finite \w+ \(600 rows\)\. See \.\/tickforest check quality: mend/);
  });

  it.each([
    [['train', 'oracle'], /There is no model oracle\. Choose one of direction_predictor, /],
    [['rollback', 'oracle'], /There is no model oracle\. Choose one of direction_predictor, /],
    [['runs', '--model', 'oracle'], /There is no model oracle\. Choose one of direction_predictor, /],
    [['report', '--features', 'oracle'], /There is no model oracle\. Choose one of direction_predictor, /],
    [['promote', 'no-such-run'], /There is no run no-such-run\. See \.\/tickforest report/],
    [['score', 'no-such-run'], /There is no run no-such-run\. See \.\/tickforest report/],
    [['reproduce', 'no-such-run'], /There is no run no-such-run\. See \.\/tickforest report/],
  ])('nothing of that name: %j', async (args, reason) => {
    expect(await refusal(args)).toMatch(reason);
  });

  it('a model that its digest does not belong to is neither promoted nor asked', async () => {
    const directory = harmed(damaged);
    const reason =
      /The model\.bin in \S+ is not the one its metadata speaks of\. Remove that directory and train again\./;
    expect(await refusal(['promote', run.run_id], directory)).toMatch(reason);
    const { skipped, made } = await predicted(harmed(damaged));
    expect({ skipped, made }).toEqual({
      skipped: [{ what: `${run.model}, 5 bars ahead`, reason: expect.stringMatching(reason) }],
      made: 0,
    });
  });

  it('a model of other features is neither promoted nor asked', async () => {
    const reason =
      /Run \S+ of price_predictor was trained on the features anotherset, and today's are [0-9a-f]{16}\. Train it again: \.\/tickforest train price_predictor\./;
    expect(await refusal(['promote', run.run_id], harmed(foreign))).toMatch(reason);
    const { skipped, made } = await predicted(harmed(foreign));
    expect({ skipped, made }).toEqual({
      skipped: [{ what: `${run.model}, 5 bars ahead`, reason: expect.stringMatching(reason) }],
      made: 0,
    });
    // The bar was answered when its model could not be used, and stays so.
    expect(await predicted(dataDir)).toMatchObject({ skipped: [], made: 0 });
    const answers = await db.query(`select run_id, absent, codes from signals where venue = '${venue}'`);
    expect(answers).toEqual([{ run_id: run.run_id, absent: true, codes: 'model_unusable' }]);
  });

  it('a champion of other features or another format stands in nobody’s way', async () => {
    await db.query(
      `insert into model_promotions (ts, venue, model, timeframe, run_id, action) values ('2026-02-04', '${venue}', '${run.model}', '1m', '${run.run_id}', 'promoted')`,
    );
    await db.applied(['model_promotions']);
    const compared = expect.stringMatching(/champion/);
    const against = await promoteRun(db, dataDir, other.run_id);
    expect(against.reasons).toContainEqual(compared);
    for (const harm of [foreign, older]) {
      const alone = await promoteRun(db, harmed(harm), other.run_id);
      expect(alone.reasons).not.toContainEqual(compared);
    }
    await expect(promoteRun(db, harmed(damaged), other.run_id)).rejects.toThrow(/not the one its metadata speaks of/);
  });
});
