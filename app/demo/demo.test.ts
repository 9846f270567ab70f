import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runCli } from '#app/testing/cli.ts';
import { makeShortRecording, shortCandles, shortTraining } from '#app/testing/short_recording.ts';
import { dashboards } from '#docker/grafana/dashboards/json.ts';
import { expanded } from '#docker/grafana/fixtures/expand.ts';
import { catalogue } from '#features/catalogue.ts';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { defaultSymbols } from '#lib/config.ts';
import type { DemoDocument } from './document.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;

/** The settings of a checkout of its own: its own data and ports, and no recording unless said. */
function checkout(ports: number) {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-demo-'));
  const env = {
    TICKFOREST_DATA_DIR: dataDir,
    TICKFOREST_QUESTDB_HTTP_PORT: String(ports),
    TICKFOREST_QUESTDB_PG_PORT: String(ports + 100),
    TICKFOREST_REDIS_PORT: String(ports + 200),
    TICKFOREST_RECORDINGS: undefined,
  };
  return { dataDir, env };
}

function documentOf({ code, stdout, stderr }: Ended): DemoDocument {
  if (code !== 0) throw new Error(`exit ${code}: ${stderr.slice(-2_000)}`);
  return JSON.parse(stdout) as DemoDocument;
}

/** Asks the server of a demo that was kept. */
function asking(dataDir: string) {
  return async (query: string) => {
    const { questdb } = JSON.parse(readFileSync(join(dataDir, 'demo', 'services.json'), 'utf8')) as {
      questdb: { http: number };
    };
    const response = await fetch(`http://127.0.0.1:${questdb.http}/exec?${new URLSearchParams({ query })}`);
    return (await response.json()) as { columns: { name: string }[]; dataset: unknown[][]; count: number };
  };
}

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
    expect(document.models.map((model) => model.name)).toEqual([
      'direction_predictor',
      'price_predictor',
      'momentum_classifier',
      'volatility_regressor',
      'risk_scorer',
    ]);
    for (const model of document.models) {
      expect(model.folds).toBeGreaterThanOrEqual(5);
      expect(model.rows).toBe(20_000);
      expect(model.p_value).toBeGreaterThan(0);
      expect(model.p_value).toBeLessThanOrEqual(1);
      expect(model.skill).toBeCloseTo(1 - model.value / model.baseline, 9);
    }
    expect(document.signals).toBeGreaterThanOrEqual(50);
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
    const view = { venue: 'binance-um', symbol: 'BTC-USDT', model: 'direction_predictor', timeframe: '1m' };
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

describe.skipIf(!recordings)('a demo on a recording that is run again', () => {
  const { dataDir, env } = checkout(21_500);
  afterAll(async () => {
    await runCli(['down'], env);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('says the same when it is run again, and doubles nothing', async () => {
    // A short one: what was stored before is the same at any length.
    makeShortRecording(recordings!, join(dataDir, 'recordings'));
    const demo = ['demo', '--recordings', join(dataDir, 'recordings'), '--keep', '--json'];
    const document = documentOf(await runCli(demo, { ...env, ...shortTraining }));
    const again = documentOf(await runCli(demo, { ...env, ...shortTraining }));
    const { ticks, candles, features, signals } = document;
    expect(again).toMatchObject({ ticks, candles, features, signals, failed: [] });
    expect(again.models.map(({ run_id, skill }) => [run_id, skill])).toEqual(
      document.models.map(({ run_id, skill }) => [run_id, skill]),
    );
    // Seven minutes of two symbols are made of ticks.
    expect(candles['1m']).toBe(shortCandles + 14);
    const ask = asking(dataDir);
    expect((await ask('select count() from ticks')).dataset).toEqual([[36_080]]);
    expect((await ask('select count() from candles_1m')).dataset).toEqual([[shortCandles + 14]]);
    expect((await ask('select count() from signals')).dataset).toEqual([[signals]]);
    expect((await ask('select count() from model_runs')).dataset).toEqual([[5]]);
  });
});

/** A demo takes ten pairs, as training does. */
const ten = defaultSymbols.slice(0, 10);
/** What is asked of a made-up market does not depend on how much of it was trained on; the recording is trained on in full. */
const few = { TICKFOREST_TRAINING_BARS: '500' };

describe('demo without a recording and without a network', () => {
  const { dataDir, env } = checkout(22_000);
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('says SIMULATED at the start and at the end, and promotes nothing', async () => {
    // A port on which nothing listens stands for a network without Blofin.
    const ended = await runCli(['demo', '--json'], {
      ...env,
      ...few,
      TICKFOREST_MARKET_REST_URL: 'http://127.0.0.1:9',
    });
    const document = documentOf(ended);
    expect(
      ended.stderr
        .trimStart()
        .split('\n')
        .filter((line) => line.includes('SIMULATED')),
    ).toHaveLength(2);
    expect(document).toMatchObject({ simulated: true, market: 'simulated', venue: 'sim', failed: [] });
    expect(document.ticks.rows).toBeGreaterThan(1_000);
    expect(document.features).toMatchObject({ nulls: 0, infinite: 0 });
    expect(document.models).toHaveLength(5);
    for (const model of document.models) {
      expect(model.promotable).toBe(false);
      expect(model.why_not).toContain('it was trained on a simulated market');
    }
    expect(document.signals).toBe(5 * ten.length);
  });

  it('refuses a directory without a manifest, and an exchange that does not answer', async () => {
    const none = await runCli(['demo', '--recordings', dataDir], env);
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/is no directory of recordings/);
    const gone = await runCli(['demo', '--market', 'live', '--exchange', 'http://127.0.0.1:9'], env);
    expect(gone.code).toBe(1);
    expect(gone.stderr).toMatch(/does not answer/);
  });
});

describe('demo on a live exchange', () => {
  const { dataDir, env } = checkout(23_000);
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('takes history through REST and ticks through the WebSocket', async () => {
    const market = simulateMarket({
      symbols: ten,
      seed: 7,
      start: Date.now() - 20 * 60_000,
      historyMinutes: 1_600,
    });
    const exchange = await startExchange({ market, speed: 30, autoplay: true });
    try {
      const document = documentOf(
        await runCli(['demo', '--market', 'live', '--exchange', exchange.restUrl, '--live-seconds', '8', '--json'], {
          ...env,
          ...few,
          TICKFOREST_TRAINING_SYMBOLS: '4',
        }),
      );
      // The local exchange says that it is simulated, and so nothing of it passes as Blofin's.
      expect(document).toMatchObject({ market: 'live', venue: 'sim', simulated: true, failed: [] });
      expect(document.ticks.sources).toEqual({ ws: document.ticks.rows });
      expect(document.ticks.rows).toBeGreaterThan(1_000);
      expect(document.features).toMatchObject({ nulls: 0, infinite: 0 });
      // The four of the ten that have the largest turnover.
      expect(document.signals).toBe(5 * 4);
    } finally {
      await exchange.close();
    }
  });
});

describe('train on an empty database', () => {
  const { dataDir, env } = checkout(24_000);
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('names the symbols, the window and the command that would fetch them', async () => {
    const { code, stderr, stdout } = await runCli(['train', '--json'], env);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /the last 2000 bars of 1m of blofin, \d{4}-\d\d-\d\dT\d\d:\d\dZ to \d{4}-\d\d-\d\dT\d\d:\d\dZ/,
    );
    expect(stderr).toContain(ten.join(', '));
    expect(stderr).toContain('Fetch them: ./tickforest backfill');
  });
});
