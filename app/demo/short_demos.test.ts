import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '#app/testing/cli.ts';
import { asking, checkout, documentOf } from '#app/testing/demo.ts';
import { makeShortRecording, shortCandles, shortTraining } from '#app/testing/short_recording.ts';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { defaultSymbols } from '#lib/config.ts';
import { modelNames } from '#models/catalogue.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;

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
    expect((await ask('select count() from model_runs')).dataset).toEqual([[modelNames.length]]);
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
    expect(document.models).toHaveLength(modelNames.length);
    for (const model of document.models) {
      expect(model.promotable).toBe(false);
      expect(model.why_not).toContain('it was trained on a simulated market');
    }
    expect(document.signals).toBe(modelNames.length * ten.length);
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
      expect(document.signals).toBe(modelNames.length * 4);
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
