import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '#app/testing/cli.ts';
import { Standing } from '#app/testing/standing.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { modelNames } from '#models/catalogue.ts';

const scheduleIds = ['close-by-the-minute', 'freshness-by-the-minute', 'heartbeat', 'train-daily'];

describe('up on a simulated market', () => {
  /** Whatever has happened: each bar has exactly one answer, from the first on. */
  const answeredOnce = async () => {
    const { code, stdout, stderr } = await runCli(['check', 'signals', '--json'], standing.env);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(JSON.parse(stdout).venues[0].looked['bars answered']).toBeGreaterThan(0);
  };
  const standing = new Standing(26_000, {
    TICKFOREST_MARKET_SYMBOLS: 'BTC-USDT,ETH-USDT,SOL-USDT,NOTHERE-USDT',
    TICKFOREST_TRAINING_BARS: '700',
    TICKFOREST_LOG_FORMAT: 'json',
  });
  let exchange: LocalExchange;
  beforeAll(async () => {
    // Ten times as fast as time, and behind it throughout.
    const market = simulateMarket({
      symbols: ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'],
      seed: 3,
      start: Date.now() - 60 * 60_000,
      historyMinutes: 1_600,
    });
    exchange = await startExchange({ market, speed: 10, autoplay: true });
    await standing.start(['--exchange', exchange.restUrl, '--days', '1', '--allow-simulated']);
  });
  afterAll(async () => {
    await standing.end();
    await exchange.close();
  });

  it('brings ticks, candles, features and gated signals by itself', async () => {
    await standing.until(
      'three closed minutes of ticks',
      async () =>
        (await standing.count("select count_distinct(ts) from candles_1m where source = 'closer' and complete")) >= 3,
    );
    await standing.until(
      'features of a bar made of ticks',
      async () =>
        (await standing.count(
          "select count() from features_1m f join (select * from candles_1m where source = 'closer') c on c.ts = f.ts and c.symbol = f.symbol",
        )) > 0,
    );
    await standing.until(
      'all models',
      async () => (await standing.count('select count_distinct(model) from model_runs')) === modelNames.length,
    );
    await standing.until(
      'signals of bars made of ticks',
      async () =>
        (await standing.count(
          "select count_distinct(model) from (select * from signals where not absent) s join (select * from candles_1m where source = 'closer') c on c.ts = s.ts and c.symbol = s.symbol",
        )) === modelNames.length,
    );
    expect(
      await standing.count(
        "select count() from signals where not gated or (not absent and codes not like 'simulated%')",
      ),
    ).toBe(0);
    expect(await standing.count("select count() from ticks where venue <> 'sim'")).toBe(0);
    expect(await standing.count('select count() from model_promotions')).toBe(0);
    expect(standing.output).toContain('NOTHERE-USDT');
    // The minutes in which the stream began came from the exchange.
    await standing.until('no hole between history and stream', async () => {
      const rows = await standing.db.query<{ bars: number; span: number }>(
        "select count() bars, datediff('m', min(ts), max(ts)) + 1 span from candles_1m where symbol = 'BTC-USDT' and complete",
      );
      return rows[0].bars === rows[0].span;
    });
  });

  it('is healthy, and says what it does', async () => {
    await standing.until('healthy', () => standing.healthy());
    const { status } = await standing.status();
    expect(status.symbols.map((row) => row.symbol)).toEqual(['BTC-USDT', 'ETH-USDT', 'SOL-USDT']);
    expect(status.champions.map((row) => row.champion)).toEqual(modelNames.map(() => null));
    expect(status.schedules.map((row) => row.id).sort()).toEqual(scheduleIds);
    expect(status.feed).toMatchObject({ state: 'connected', venue: 'sim' });
  });

  it('refuses a second one and says who holds the lease', async () => {
    const second = await runCli(['up', '--exchange', exchange.restUrl], standing.env);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/process \d+ has held the lease since/);
    const role = await runCli(['up', '--only', 'ingest', '--exchange', exchange.restUrl], standing.env);
    expect(role.code).toBe(1);
    expect(role.stderr).toMatch(/An ingest process runs already: process \d+ on .* holds the lease/);
  });

  it('recovers from the death of Redis, without doubling a schedule', async () => {
    const meanwhile = await standing.statusWithout('redis');
    expect(meanwhile.code).toBe(1);
    expect(meanwhile.stderr).toMatch(/Redis does not answer/);
    await standing.until('healthy again', () => standing.healthy());
    expect(await standing.schedules()).toEqual(scheduleIds);
    const bars = await standing.count("select count_distinct(ts) from candles_1m where source = 'closer'");
    await standing.until(
      'more bars',
      async () => (await standing.count("select count_distinct(ts) from candles_1m where source = 'closer'")) > bars,
    );
    await answeredOnce();
  });

  it('recovers from a Redis that has lost its data', async () => {
    await standing.emptyRedis();
    await standing.until('schedules again', async () => (await standing.schedules()).length === scheduleIds.length);
    await standing.until('healthy again', () => standing.healthy());
    expect(await standing.schedules()).toEqual(scheduleIds);
    const bars = await standing.count("select count_distinct(ts) from candles_1m where source = 'closer'");
    await standing.until(
      'more bars',
      async () => (await standing.count("select count_distinct(ts) from candles_1m where source = 'closer'")) > bars,
    );
    expect(standing.output).toMatch(/schedules were missing in Redis and have been restored/);
    await answeredOnce();
  });

  it('recovers from the death of QuestDB, and loses no tick', async () => {
    const meanwhile = await standing.statusWithout('questdb');
    expect(meanwhile.code).toBe(1);
    expect(meanwhile.stderr).toMatch(/QuestDB does not answer/);
    await standing.until('healthy again', () => standing.healthy());
    const ticks = await standing.count('select count() from ticks');
    await standing.until('more ticks', async () => (await standing.count('select count() from ticks')) > ticks);
    await answeredOnce();
  });

  it('recovers from the death of the worker', async () => {
    const { worker } = standing.roles();
    process.kill(worker, 'SIGKILL');
    await standing.until('another worker', async () => standing.roles().worker !== worker);
    const signals = await standing.count('select count() from signals');
    await standing.until('more signals', async () => (await standing.count('select count() from signals')) > signals);
    expect(await standing.schedules()).toEqual(scheduleIds);
    await answeredOnce();
  });

  it('ends at SIGTERM with every tick stored, and no role has to be killed', async () => {
    expect(await standing.stop(), standing.output.slice(-2_000)).toBe(0);
    expect(standing.output).not.toContain('did not end in time');
    expect(existsSync(join(standing.dataDir, 'up.json'))).toBe(false);
    const { status } = await standing.status();
    expect(status.feed).toMatchObject({ state: 'stopped' });
    const { received, stored, rejected, duplicates, ...elsewhere } = status.account!;
    expect(elsewhere).toEqual({ queued: 0, spooled: 0, lost: 0, unaccounted: 0 });
    expect(stored).toBe(received - rejected - duplicates);
    // One ingest process saw it all: its own counts are the table's.
    await standing.db.applied(['ticks']);
    expect(await standing.count('select count() from ticks')).toBe(stored);
  });
});
