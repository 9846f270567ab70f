import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '#app/status/status.ts';
import { runCli } from '#app/testing/cli.ts';
import { openRecording } from '#ingest/venues/blofin/local/recording.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { loadConfig } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { acquireServices, type Running, type Services, stopServices } from '#lib/services/services.ts';

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const recordings = process.env.TICKFOREST_RECORDINGS;

/** For a machine with far more work than it can do: a test says that something happens, never how soon. */
const patienceMs = 600_000;

/** An `up` in a data directory of its own, whose servers the test holds so that it can look at them afterwards. */
class Standing {
  readonly env: NodeJS.ProcessEnv;
  readonly dataDir = mkdtempSync(join(tmpdir(), 'tickforest-up-'));
  services!: Services;
  db!: QuestDb;
  output = '';
  #child: ChildProcess | undefined;

  constructor(ports: number, more: NodeJS.ProcessEnv) {
    this.env = {
      ...process.env,
      TICKFOREST_DATA_DIR: this.dataDir,
      TICKFOREST_QUESTDB_HTTP_PORT: String(ports),
      TICKFOREST_QUESTDB_PG_PORT: String(ports + 100),
      TICKFOREST_REDIS_PORT: String(ports + 200),
      ...more,
    };
    delete this.env.TICKFOREST_RECORDINGS;
  }

  async start(args: string[]): Promise<void> {
    this.services = await acquireServices(loadConfig(this.env), silent);
    this.db = new QuestDb(this.services.questdb);
    this.#child = spawn(process.execPath, [main, 'up', ...args], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (data) => {
        this.output += data;
      });
    }
  }

  /** Its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child!;
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    return child.exitCode ?? (await ended);
  }

  async end(): Promise<void> {
    if (this.#child && this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.db?.close();
    await stopServices(loadConfig(this.env), silent);
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async status(): Promise<{ code: number | null; status: Status; stderr: string }> {
    const { code, stdout, stderr } = await runCli(['status', '--json'], this.env);
    return { code, status: JSON.parse(stdout) as Status, stderr };
  }

  /** What `status` says while a server is dead: who would start it again is held still meanwhile, however slow all is. */
  async statusWithout(server: keyof Running): Promise<{ code: number | null; stderr: string }> {
    this.#child!.kill('SIGSTOP');
    try {
      process.kill(this.servers()[server].pid, 'SIGKILL');
      return await this.status();
    } finally {
      this.#child!.kill('SIGCONT');
    }
  }

  /** Throws with the problems, so that one that stays is named. */
  async healthy(): Promise<boolean> {
    const { code, status } = await this.status();
    if (code !== 0) throw new Error(JSON.stringify(status.problems));
    return true;
  }

  servers(): Required<Running> {
    return JSON.parse(readFileSync(join(this.dataDir, 'services.json'), 'utf8')) as Required<Running>;
  }

  roles(): { worker: number; ingest: number } {
    return (
      JSON.parse(readFileSync(join(this.dataDir, 'up.json'), 'utf8')) as { roles: { worker: number; ingest: number } }
    ).roles;
  }

  /** Asks until the answer is true; a server that is away meanwhile is an answer of no. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + patienceMs;
    let last = '';
    while (Date.now() < deadline) {
      try {
        if (await holds()) return;
        last = 'no';
      } catch (error) {
        last = String(error);
      }
      await sleep(500);
    }
    throw new Error(`not within ${patienceMs / 1000} s: ${what} (${last})\n${this.output.slice(-4_000)}`);
  }

  async count(query: string): Promise<number> {
    return Number(Object.values((await this.db.query(query))[0])[0]);
  }

  async schedules(): Promise<string[]> {
    const ids: string[] = [];
    for (const name of ['close', 'features', 'predict', 'train', 'daily', 'freshness', 'heartbeat']) {
      const queue = new Queue(name, { prefix: 'tickforest', connection: this.services.redis });
      ids.push(...(await queue.getJobSchedulers()).map((scheduler) => scheduler.key));
      await queue.close();
    }
    return ids.sort();
  }
}

const scheduleIds = ['close-by-the-minute', 'freshness-by-the-minute', 'heartbeat', 'train-daily'];

describe('up on a simulated market', () => {
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
      'five models',
      async () => (await standing.count('select count_distinct(model) from model_runs')) === 5,
    );
    await standing.until(
      'signals of bars made of ticks',
      async () =>
        (await standing.count(
          "select count_distinct(model) from signals s join (select * from candles_1m where source = 'closer') c on c.ts = s.ts and c.symbol = s.symbol",
        )) === 5,
    );
    expect(
      await standing.count("select count() from signals where not gated or reason not like '%simulated market%'"),
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
    expect(status.champions.map((row) => row.champion)).toEqual([null, null, null, null, null]);
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
  });

  it('recovers from the death of QuestDB, and loses no tick', async () => {
    const meanwhile = await standing.statusWithout('questdb');
    expect(meanwhile.code).toBe(1);
    expect(meanwhile.stderr).toMatch(/QuestDB does not answer/);
    await standing.until('healthy again', () => standing.healthy());
    const ticks = await standing.count('select count() from ticks');
    await standing.until('more ticks', async () => (await standing.count('select count() from ticks')) > ticks);
  });

  it('recovers from the death of the worker', async () => {
    const { worker } = standing.roles();
    process.kill(worker, 'SIGKILL');
    await standing.until('another worker', async () => standing.roles().worker !== worker);
    const signals = await standing.count('select count() from signals');
    await standing.until('more signals', async () => (await standing.count('select count() from signals')) > signals);
    expect(await standing.schedules()).toEqual(scheduleIds);
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
