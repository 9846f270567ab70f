import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '#app/status/status.ts';
import { runCli } from '#app/testing/cli.ts';
import { patienceMs, Standing } from '#app/testing/standing.ts';
import { openRecording } from '#ingest/venues/blofin/local/recording.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;

describe.skipIf(!recordings)('up on a recorded spell', () => {
  const standing = new Standing(27_000, {
    TICKFOREST_MARKET_SYMBOLS: 'BTC-USDT,ETH-USDT',
    TICKFOREST_LOG_FORMAT: 'json',
  });
  let exchange: LocalExchange;
  beforeAll(async () => {
    exchange = await startExchange({ market: await openRecording(recordings!), speed: 30, autoplay: true });
    await standing.start(['--exchange', exchange.restUrl, '--days', '0.5']);
  });
  afterAll(async () => {
    await standing.end();
    await exchange.close();
  });

  it('stores every tick and closes every minute, under the venue of the recording', async () => {
    await standing.until(
      'all ticks',
      async () =>
        (await standing.count("select count() from ticks where venue = 'binance-um' and source = 'replay'")) === 36_080,
    );
    await standing.until(
      'all bars',
      async () => (await standing.count("select count() from candles_1m where source = 'closer'")) === 14,
    );
    // Half a day is too little to train on, and the job that found it out says so.
    await standing.until('the failed training in status', async () =>
      (await standing.status()).status.schedules.some(
        (row) => row.id === 'train-daily' && row.last?.outcome === 'failed',
      ),
    );
    const { code, stderr } = await standing.status();
    expect(code).toBe(1);
    expect(stderr).toMatch(/the last run of train-daily failed: Training needs the last 2000 bars of 1m of binance-um/);
    expect(await standing.stop()).toBe(0);
  });
});

describe('up --detach', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-up-'));
  const env = {
    TICKFOREST_DATA_DIR: dataDir,
    TICKFOREST_QUESTDB_HTTP_PORT: '28000',
    TICKFOREST_QUESTDB_PG_PORT: '28100',
    TICKFOREST_REDIS_PORT: '28200',
    TICKFOREST_MARKET_SYMBOLS: 'BTC-USDT',
    TICKFOREST_RECORDINGS: undefined,
  };
  let exchange: LocalExchange;
  beforeAll(async () => {
    const market = simulateMarket({
      symbols: ['BTC-USDT'],
      seed: 5,
      start: Date.now() - 3_600_000,
      historyMinutes: 60,
    });
    exchange = await startExchange({ market, speed: 10, autoplay: true });
  });
  afterAll(async () => {
    await runCli(['down'], env);
    await exchange.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('stays up when its terminal is gone, and ends by down', async () => {
    const up = await runCli(['up', '--detach', '--exchange', exchange.restUrl, '--days', '0.02'], env);
    expect(up.code, up.stderr).toBe(0);
    expect(up.stdout).toMatch(/Started as process \d+/);
    const connected = async () => {
      const { stdout } = await runCli(['status', '--json'], env);
      return stdout !== '' && (JSON.parse(stdout) as Status).feed?.state === 'connected';
    };
    for (const deadline = Date.now() + patienceMs; !(await connected()); await sleep(500))
      if (Date.now() > deadline) throw new Error('not connected');
    const down = await runCli(['down', '--json'], env);
    // It takes the servers that it had started along.
    expect(JSON.parse(down.stdout)).toEqual({ stopped: ['up'] });
    expect(existsSync(join(dataDir, 'services.json'))).toBe(false);
    const after = await runCli(['status'], env);
    expect(after.code).toBe(1);
    expect(after.stderr).toMatch(/Nothing is running/);
  });
});

describe('up without an exchange', () => {
  it('ends with one sentence that names demo and import', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-up-'));
    const { code, stderr } = await runCli(['up'], {
      TICKFOREST_DATA_DIR: dataDir,
      TICKFOREST_MARKET_REST_URL: 'http://127.0.0.1:9',
      TICKFOREST_RECORDINGS: undefined,
    });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/Blofin .* cannot be reached.*\.\/tickforest demo, \.\/tickforest import/);
    rmSync(dataDir, { recursive: true, force: true });
  });
});
