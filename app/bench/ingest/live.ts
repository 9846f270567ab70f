import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Figure, figure } from '#app/bench/report.ts';
import { type Config, defaultSymbols } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import type { FromExchange } from './load_exchange.ts';
import type { Load } from './load_market.ts';
import { quantile, Visibility } from './visibility.ts';

export interface LiveBenchOptions {
  config: Config;
  db: QuestDb;
  framesPerSecond: number;
  /** Of the measurement, after the warm-up. */
  seconds: number;
  onProgress: (what: string) => void;
}

/** Two ends of a minute: the first time that a statement runs, QuestDB compiles for seconds. */
const warmUpSeconds = 90;
/** By then the server is warm. */
const peerWarmUpSeconds = 10;
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const script = (name: string) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

/**
 * The live path under load, with everything on this machine: an exchange in a process of its own, `up` with its ingest and
 * worker roles, QuestDB and Redis. Then the peer, the official client alone, on the same load.
 */
export async function benchLive(options: LiveBenchOptions): Promise<Figure[]> {
  const ours = await measureUp(options);
  const peer = await measurePeer(options);
  const of = (value: number) => ({ name: 'official client alone', value });
  return [
    figure('live_ticks_per_s', ours.rate, 'ticks/s', 'more', of(peer.rate)),
    figure('live_lost', ours.lost, 'ticks', 'less', { ...of(peer.lost) }),
    figure('live_p50_ms', ours.p50, 'ms', 'less', of(peer.p50)),
    figure('live_p99_ms', ours.p99, 'ms', 'less', of(peer.p99)),
    figure('live_rss_mib', ours.rss, 'MiB', 'less', of(peer.rss)),
    figure('live_rss_growth_mib', ours.growth, 'MiB', 'less'),
  ];
}

interface Measured {
  rate: number;
  lost: number;
  p50: number;
  p99: number;
  /** The most that the process took, and how much more its last quarter took than its second. */
  rss: number;
  growth: number;
}

async function measureUp({ config, db, framesPerSecond, seconds, onProgress }: LiveBenchOptions): Promise<Measured> {
  const load = loadOf(framesPerSecond, warmUpSeconds + seconds);
  const exchange = await startLoad(load);
  const args = [
    'up',
    '--exchange',
    exchange.restUrl,
    '--days',
    String(load.historyMinutes / 1_440),
    '--allow-simulated',
  ];
  const env = { ...process.env, TICKFOREST_DATA_DIR: config.dataDir, TICKFOREST_LOG_LEVEL: 'warn' };
  const up = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    onProgress('live: waiting for the feed');
    const pid = await subscribed(db, config, up);
    return await underLoad({ db, table: 'ticks', exchange, pid, warmUp: warmUpSeconds, seconds, onProgress });
  } finally {
    if (up.exitCode === null) {
      up.kill('SIGTERM');
      await once(up, 'exit');
    }
    exchange.end();
  }
}

async function measurePeer({ db, framesPerSecond, seconds, onProgress }: LiveBenchOptions): Promise<Measured> {
  const load = loadOf(framesPerSecond, peerWarmUpSeconds + seconds);
  const exchange = await startLoad(load);
  const table = 'bench_peer_ticks';
  await db.query(`DROP TABLE IF EXISTS ${table}`);
  await db.query(
    `CREATE TABLE ${table} (ts TIMESTAMP, venue SYMBOL, symbol SYMBOL, kind SYMBOL, event_id VARCHAR, price DOUBLE, size DOUBLE,
     bid DOUBLE, ask DOUBLE, received_at TIMESTAMP) TIMESTAMP(ts) PARTITION BY DAY WAL
     DEDUP UPSERT KEYS(ts, venue, symbol, kind, event_id)`,
  );
  const client = child('bare_client', { address: db.address, wsUrl: exchange.wsUrl, symbols: load.symbols, table });
  try {
    await once(client, 'message');
    return await underLoad({ db, table, exchange, pid: client.pid!, warmUp: peerWarmUpSeconds, seconds, onProgress });
  } finally {
    client.disconnect();
    exchange.end();
    await db.query(`DROP TABLE IF EXISTS ${table}`);
  }
}

function loadOf(framesPerSecond: number, seconds: number): Load {
  return { symbols: defaultSymbols, framesPerSecond, seconds, historyMinutes: 720 };
}

interface UnderLoad {
  db: QuestDb;
  table: string;
  exchange: LoadedExchange;
  /** Of the process whose memory is watched. */
  pid: number;
  warmUp: number;
  seconds: number;
  onProgress: (what: string) => void;
}

async function underLoad({ db, table, exchange, pid, warmUp, seconds, onProgress }: UnderLoad): Promise<Measured> {
  const before = await count(db, table);
  const asking = new QuestDb(db.address);
  const visibility = new Visibility(asking, table);
  const memory: number[] = [];
  exchange.play();
  const started = Date.now();
  const sent = exchange.sent();
  let ended = false;
  void sent.then(() => {
    ended = true;
  });
  while (!ended) {
    await sleep(1_000);
    const rss = rssMib(pid);
    // At the end of the load the process ends as well.
    if (rss !== undefined) memory.push(rss);
    onProgress(`${table}: ${Math.round((Date.now() - started) / 1_000)} s of ${warmUp + seconds}`);
  }
  const total = await sent;
  const arrived = await settled(db, table, before + total);
  const from = (started + warmUp * 1_000) * 1_000;
  const to = from + seconds * 1e6;
  const delays = await visibility.stop(from, to);
  await asking.close();
  const quarter = Math.floor(memory.length / 4);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    rate: delays.length / seconds,
    lost: total - (arrived - before),
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
    rss: Math.max(...memory),
    growth: mean(memory.slice(-quarter)) - mean(memory.slice(quarter, 2 * quarter)),
  };
}

/** Rows of the table once all are there, or nothing has come for five seconds. */
async function settled(db: QuestDb, table: string, expected: number): Promise<number> {
  let [last, still] = [-1, 0];
  for (;;) {
    const rows = await count(db, table);
    still = rows === last ? still + 1 : 0;
    if (rows >= expected || still > 25) return rows;
    last = rows;
    await sleep(200);
  }
}

async function count(db: QuestDb, table: string): Promise<number> {
  return (await db.query<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0].n;
}

/** The process id of the ingest role, once its feed has all subscriptions. */
async function subscribed(db: QuestDb, config: Config, up: ChildProcess): Promise<number> {
  for (let waited = 0; waited < 180_000; waited += 500) {
    if (up.exitCode !== null) throw new UserError(`up ended with exit code ${up.exitCode}.`, 'Its log is above.');
    const [{ n }] = await db.query<{ n: number }>('SELECT count() AS n FROM candles_1m');
    if (n > 0) {
      // The last of 72 topics is asked for 7 s after the first.
      await sleep(12_000);
      return (JSON.parse(readFileSync(join(config.dataDir, 'up.json'), 'utf8')) as { roles: { ingest: number } }).roles
        .ingest;
    }
    await sleep(500);
  }
  throw new UserError('up did not bring the history within three minutes.', 'Its log is above.');
}

interface LoadedExchange {
  restUrl: string;
  wsUrl: string;
  play(): void;
  /** Frames sent, once all are. */
  sent(): Promise<number>;
  end(): void;
}

async function startLoad(load: Load): Promise<LoadedExchange> {
  const process = child('load_exchange', load);
  const [addresses] = (await once(process, 'message')) as [Extract<FromExchange, { restUrl: string }>];
  return {
    ...addresses,
    play: () => process.send('play'),
    sent: async () => {
      const [{ sent }] = (await once(process, 'message')) as [Extract<FromExchange, { sent: number }>];
      return sent;
    },
    end: () => process.disconnect(),
  };
}

function child(name: string, argument: unknown): ChildProcess {
  return spawn(process.execPath, [script(name), JSON.stringify(argument)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function rssMib(pid: number): number | undefined {
  const line = /VmRSS:\s+(\d+) kB/.exec(
    existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '',
  );
  return line ? Number(line[1]) / 1_024 : undefined;
}
