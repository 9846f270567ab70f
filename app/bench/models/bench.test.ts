import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Python, preparePython } from '#app/bench/python.ts';
import { loadConfig } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { benchModels } from './bench.ts';
import { type BenchContext, type ModelBenchOptions, peersFolder } from './context.ts';

const { recordings } = loadConfig();
const tiny: ModelBenchOptions = { peers: false, rows: 6_400, large: 9_000, trees: 6, bars: 500 };

describe('bench models', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-bench-'));
  let context: BenchContext;
  let python: Python | UserError;
  beforeAll(async () => {
    const db = new QuestDb(inject('questdb'));
    const queues = { redis: inject('redis'), prefix: `bench-models-${process.pid}` };
    context = { db, config: loadConfig(), queues, worker: { queues, db, dataDir, log: silent, concurrency: 1 } };
    // Where there is no Python the peer cannot run, and there is nothing to compare.
    python = await preparePython(peersFolder, () => {}).catch((error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    });
  });
  afterAll(async () => {
    await context.db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function figures(options: Partial<ModelBenchOptions>) {
    const results = await benchModels(context, { ...tiny, ...options }, () => {});
    return new Map(results.map((figure) => [figure.name, figure]));
  }

  // One run for two tests: each makes the features of its bars first.
  let all: ReturnType<typeof figures> | undefined;
  const measured = () => (all ??= figures({ only: ['train', 'fit', 'large', 'predict'] }));

  it.skipIf(recordings === undefined)('measures fits, memory and predictions on recorded bars', async () => {
    const found = await measured();
    for (const name of [
      ...['forest_fit_2_workers_s', 'forest_fit_1_worker_s', 'forest_fit_1_worker_classes_s', 'forest_rss_mib'],
      ...['train_640k_rows_s', 'train_640k_rss_mib'],
      ...['predict_batch_ms', 'predict_from_disk_ms', 'load_binary_ms', 'load_json_ms', 'binary_kib'],
    ])
      expect(found.get(name)?.value, name).toBeGreaterThan(0);
  });

  it.skipIf(recordings === undefined)('trains the five models as `train` does', async () => {
    const found = await measured();
    expect(found.get('train_five_models_s')!.value).toBeGreaterThan(0);
    expect(found.get('train_fits_s')!.value).toBeGreaterThan(0);
  });

  it.skipIf(recordings === undefined)(
    'scores no worse than scikit-learn at the same settings and folds',
    async ({ skip }) => {
      if (python instanceof UserError) return skip(python.sentence);
      const found = await figures({ only: ['scores'], peers: true, trees: 60 });
      const [r2, logLoss] = ['score_volatility_r2', 'score_momentum_log_loss'].map((name) => found.get(name)!);
      // So few rows and trees leave a difference by chance.
      expect(r2.value).toBeGreaterThan(0.05);
      expect(Math.abs(r2.value - r2.peer_value!)).toBeLessThan(0.03);
      expect(logLoss.value).toBeLessThan(Math.log(3));
      expect(Math.abs(logLoss.value - logLoss.peer_value!)).toBeLessThan(0.01);
    },
  );

  it('does not run on servers of yours', async () => {
    for (const service of ['questdb', 'redis'] as const) {
      const { config } = context;
      const yours = { ...config, [service]: { ...config[service], host: '127.0.0.1' } };
      await expect(benchModels({ ...context, config: yours }, tiny, () => {})).rejects.toThrow(/servers of yours/);
    }
  });

  it('says so when there are no recordings', async () => {
    const config = { ...context.config, recordings: undefined };
    await expect(benchModels({ ...context, config }, tiny, () => {})).rejects.toThrow(/no recorded candles/);
  });
});
