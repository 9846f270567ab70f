import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '#app/testing/cli.ts';
import { asking, checkout, documentOf } from '#app/testing/demo.ts';
import { dashboards } from '#docker/grafana/dashboards/json.ts';
import { expanded } from '#docker/grafana/fixtures/expand.ts';
import { catalogue } from '#features/catalogue.ts';
import { modelNames } from '#models/catalogue.ts';
import type { DemoDocument } from './document.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;

describe.skipIf(!recordings)('demo on a recording', () => {
  const { dataDir, env } = checkout(21_000);
  let document: DemoDocument;
  beforeAll(async () => {
    document = documentOf(await runCli(['demo', '--recordings', recordings!, '--keep', '--json'], env));
  });
  afterAll(async () => {
    await runCli(['down'], env);
    rmSync(dataDir, { recursive: true, force: true });
  });

  const ask = asking(dataDir);

  it('stores every recorded frame once and makes bars, features, five models and signals', async () => {
    expect(document.simulated).toBe(false);
    expect(document.venue).toBe('binance-um');
    expect(document.ticks).toMatchObject({ rows: 36_080, rejected: 0, sources: { replay: 36_080 } });
    expect((await ask('select count() from ticks')).dataset).toEqual([[36_080]]);
    // 708,180 recorded candles and seven minutes of two symbols made of ticks.
    expect(document.candles['1m']).toBe(708_194);
    expect(document.features).toMatchObject({ columns: catalogue().length, nulls: 0, infinite: 0 });
    expect(document.models.map((model) => model.name)).toEqual([...modelNames]);
    for (const model of document.models) {
      expect(model.folds).toBeGreaterThanOrEqual(5);
      expect(model.rows).toBe(20_000);
      expect(model.p_value).toBeGreaterThan(0);
      expect(model.p_value).toBeLessThanOrEqual(1);
      expect(model.skill).toBeCloseTo(1 - model.value / model.baseline, 9);
    }
    expect(document.signals).toBeGreaterThanOrEqual(10 * modelNames.length);
    expect(document.failed).toEqual([]);
  });

  it('answers an analyst in the console', async () => {
    const candles = await ask("select * from candles_5m where symbol = 'BTC-USDT' limit -5");
    expect(candles.count).toBe(5);
    const metrics = await ask('select * from model_metrics');
    expect(metrics.columns.map((column) => column.name)).toEqual(
      expect.arrayContaining(['run_id', 'model', 'fold', 'metric', 'value', 'baseline']),
    );
    expect(metrics.count).toBeGreaterThan(500);
    const page = await fetch(`${document.console}/index.html`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('QuestDB');
  });

  it('leaves no bar out and doubles none', async () => {
    const days = await ask("select count() from candles_1m where symbol = 'SOL-USDT' and venue = 'binance-um'");
    expect(days.dataset).toEqual([[43_200]]);
    const sources = await ask("select source, count() from candles_1m where venue = 'binance-um' order by source");
    // The newest day of each of 16 symbols came through REST of the local exchange.
    expect(sources.dataset).toEqual([
      ['archive', 708_180 - 16 * 1_440],
      ['closer', 14],
      ['replay', 16 * 1_440],
    ]);
  });

  it('promotes what passes the gate and nothing else, and gates the signals of the rest', async () => {
    const promoted = await ask('select run_id from model_promotions');
    const passing = document.models.filter((model) => model.promotable).map((model) => [model.run_id]);
    expect(promoted.dataset.sort()).toEqual(passing.sort());
    for (const model of document.models) {
      const open = await ask(
        `select count() from signals where run_id = '${model.run_id}' and reason not like '%no champion%'`,
      );
      const without = await ask(
        `select count() from signals where run_id = '${model.run_id}' and reason like '%no champion%'`,
      );
      expect(without.dataset[0][0]).toBe(model.promotable ? 0 : 16);
      if (!model.promotable) expect(open.dataset[0][0]).toBe(0);
    }
  });

  it('has rows for every panel of the Grafana dashboards', async () => {
    const now = Date.now();
    const view = { venue: 'binance-um', symbol: 'BTC-USDT', model: 'direction_predictor', horizon: 1, timeframe: '1m' };
    for (const dashboard of dashboards().values()) {
      for (const panel of (dashboard.panels ?? []) as Panel[]) {
        const [{ rawSql }] = panel.targets as { rawSql?: string }[];
        const range = { from: new Date(now - 30 * 86_400_000), to: new Date(now + 60_000) };
        const { count } = await ask(expanded(rawSql!, { ...view, ...range }));
        expect(count, panel.title).toBeGreaterThan(0);
      }
    }
  });

  it('stores what a run was trained on beside its artifact', () => {
    for (const model of document.models) {
      const directory = join(dataDir, 'demo', model.artifact);
      const metadata = JSON.parse(readFileSync(join(directory, 'metadata.json'), 'utf8')) as Record<string, unknown>;
      expect(metadata).toMatchObject({
        model: model.name,
        run_id: model.run_id,
        simulated: false,
        fitted_on: 'the whole window',
      });
    }
  });

  it('finds no skill in shuffled labels, and trains the same run only once', async () => {
    const here = { ...env, TICKFOREST_DATA_DIR: join(dataDir, 'demo') };
    const shuffled = await runCli(
      ['train', 'volatility_regressor', 'momentum_classifier', '--shuffle-labels', '--bars', '700', '--json'],
      here,
    );
    expect(shuffled.code, shuffled.stderr).toBe(0);
    const { runs } = JSON.parse(shuffled.stdout) as { runs: { skill: number; p_value: number; shuffled: boolean }[] };
    expect(runs).toHaveLength(2);
    for (const run of runs) {
      expect(run.shuffled).toBe(true);
      expect(run.p_value).toBeGreaterThan(0.05);
      expect(run.skill).toBeLessThan(0.01);
    }
    const again = await runCli(['train', 'direction_predictor', '--json'], here);
    expect(again.code, again.stderr).toBe(0);
    expect((JSON.parse(again.stdout) as { runs: { run_id: string }[] }).runs[0].run_id).toBe(document.models[0].run_id);
    expect((await ask("select count() from model_runs where model = 'direction_predictor'")).dataset).toEqual([[1]]);
  });
});
