import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { storeSimulatedBars } from '#jobs/train/fixtures/simulated_bars.ts';
import type { StoredRun, TrainJob } from '#jobs/train/run.ts';
import { trainModel } from '#jobs/train/train_model.ts';
import { prepareWindow } from '#jobs/train/window.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { reproduceRun } from './reproduce.ts';

const venue = `sim-${randomUUID().slice(0, 8)}`;
// Of three symbols one is a third that can be bought.
const symbols = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'];

describe('reproduce', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-reproduce-'));
  const copies: string[] = [];
  let db: QuestDb;
  let run: StoredRun;
  let shuffled: StoredRun;

  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await storeSimulatedBars(db, { venue, symbols, minutes: 1_300, seed: 12 });
    const request = { venue, configured: symbols, timeframe: '1m', horizon: 5, symbols, bars: 700 } as const;
    const { window, excludedShare, excludedWhy } = await prepareWindow(db, request);
    const job: TrainJob = {
      ...{ model: 'price_predictor', window, folds: 5, walk: 'expanding', seed: 1, feeBp: 6 },
      ...{ shuffled: false, allowSimulated: true, excludedShare, excludedWhy },
    };
    run = await trainModel(db, dataDir, job);
    shuffled = await trainModel(db, dataDir, {
      ...job,
      ...{ model: 'direction_predictor', walk: 'sliding', shuffled: true, seed: 7 },
    });
  });
  afterAll(async () => {
    await db.close();
    for (const directory of [dataDir, ...copies]) rmSync(directory, { recursive: true, force: true });
  });

  /** The same artifacts and frames in a place where they may be harmed. */
  function copy(): string {
    const directory = mkdtempSync(join(tmpdir(), 'tickforest-reproduce-'));
    copies.push(directory);
    cpSync(dataDir, directory, { recursive: true });
    return directory;
  }

  /** A copy in which a part of the run's metadata reads otherwise. */
  function tampered(change: Record<string, unknown>): string {
    const directory = copy();
    const file = join(directory, run.artifact, 'metadata.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
    return directory;
  }

  function cli(directory: string, ...args: string[]) {
    const servers = { questdb: inject('questdb'), redis: inject('redis') };
    return runCli(['reproduce', ...args], sharedServers(servers, directory));
  }

  it('gets the same model and figures from the recorded rows', async () => {
    const { code, stdout, stderr } = await cli(dataDir, run.run_id, '--json');
    expect(code, stderr).toBe(0);
    const outcome = JSON.parse(stdout);
    expect(outcome).toMatchObject({ run_id: run.run_id, model: 'price_predictor', shuffled: false, reproduced: true });
    expect(outcome.frame).toEqual({ file: run.frame.file, digest: run.frame.digest, rows: 2_100 });
    const names = ['engine', 'loss', "baseline's loss", 'skill', 'p-value'];
    expect(outcome.compared.map(({ what }: { what: string }) => what)).toEqual(
      expect.arrayContaining([...names, 'model', 'model, binary', 'metrics', 'losses out of fold', 'importance']),
    );
    const skill = outcome.compared.find(({ what }: { what: string }) => what === 'skill');
    expect(skill).toEqual({ what: 'skill', recorded: run.skill, refitted: run.skill, equal: true });
  });

  it('does so for shuffled labels and sliding training parts', async () => {
    const { reproduced, shuffled: labels, model } = await reproduceRun(db, dataDir, shuffled.run_id);
    expect({ reproduced, labels, model }).toEqual({ reproduced: true, labels: true, model: 'direction_predictor' });
  });

  it.each([
    ['seed', { seed: 2 }],
    ['embargo', { embargo_bars: 30 }],
    ['walk', { walk: 'sliding' }],
    ['horizon', { horizon: 4 }],
    ['shuffling', { shuffled: true }],
    ['fee', { fee_bp: 7 }],
  ])('sees that the recorded %s is not the one of the fit', async (_, change) => {
    const { reproduced, compared } = await reproduceRun(db, tampered(change), run.run_id);
    expect(reproduced).toBe(false);
    expect(compared.filter(({ equal }) => !equal).map(({ what }) => what)).toContain('metrics');
  });

  it('tells what differs in one sentence, and by its exit code', async () => {
    const { code, stdout, stderr } = await cli(tampered({ p_value: 0.001 }), run.run_id);
    expect(code).toBe(1);
    expect(stdout).toMatch(/p-value +│ 0\.001 +│ .* DIFFERS/);
    expect(stdout).toMatch(/ model +│ \S+ +│ \S+ +│ the same/);
    expect(stderr).toMatch(new RegExp(`Run ${run.run_id} could not be reproduced: p-value differs\\. Its metadata`));
  });

  it('sees a model that is not the one of the fit', async () => {
    const directory = copy();
    const file = join(directory, run.artifact, 'model.json.gz');
    const model = JSON.parse(gunzipSync(readFileSync(file)).toString());
    writeFileSync(file, gzipSync(JSON.stringify({ ...model, until: model.until + 1 })));
    const { compared } = await reproduceRun(db, directory, run.run_id);
    expect(compared.filter(({ equal }) => !equal).map(({ what }) => what)).toEqual(['model']);
  });

  it('refuses a frame with one other value, and one that is no frame', async () => {
    const directory = copy();
    const file = join(directory, run.frame.file);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const changed = `SELECT * REPLACE (CASE WHEN ts = max(ts) OVER () THEN rsi_14 + 1e-9 ELSE rsi_14 END AS rsi_14)`;
    await connection.run(`COPY (${changed} FROM read_parquet('${file}')) TO '${file}.other' (FORMAT parquet)`);
    instance.closeSync();
    writeFileSync(file, readFileSync(`${file}.other`));
    await expect(reproduceRun(db, directory, run.run_id)).rejects.toThrow(/is not what the run was trained on/);
    writeFileSync(file, 'no frame');
    await expect(reproduceRun(db, directory, run.run_id)).rejects.toThrow(/could not be read/);
  });

  it('makes a frame that is gone again when told to, by the recorded statement', async () => {
    const directory = copy();
    rmSync(join(directory, run.frame.file));
    const refused = await cli(directory, run.run_id);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/The frame \S+ that the run was trained on is gone\. .*frame\.statement/);
    expect(await reproduceRun(db, directory, run.run_id, { refetch: true })).toMatchObject({ reproduced: true });
    // It stays for the next time.
    expect(await reproduceRun(db, directory, run.run_id)).toMatchObject({ reproduced: true });
  });

  it('refuses rows that the statement gives today and did not give then', async () => {
    const { frame } = run;
    const directory = tampered({ frame: { ...frame, statement: `${frame.statement} LIMIT 1000` } });
    rmSync(join(directory, frame.file));
    await expect(reproduceRun(db, directory, run.run_id, { refetch: true })).rejects.toThrow(/gives other rows today/);
  });

  it('refuses a run that is not there, or does not say how it was made', async () => {
    await expect(reproduceRun(db, dataDir, 'no-such-run')).rejects.toThrow(/There is no run no-such-run/);
    const old = reproduceRun(db, tampered({ walk: undefined }), run.run_id);
    await expect(old).rejects.toThrow(/do not say how to do it again: walk is missing or wrong/);
    const early = reproduceRun(db, tampered({ fee_bp: undefined }), run.run_id);
    await expect(early).rejects.toThrow(/do not say how to do it again: fee_bp is missing or wrong/);
    const gone = copy();
    rmSync(join(gone, run.artifact), { recursive: true });
    await expect(reproduceRun(db, gone, run.run_id)).rejects.toThrow(/has no readable metadata\.json/);
  });
});
