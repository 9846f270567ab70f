import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { rssMib } from '#app/bench/peak_memory.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import { type Config, defaultSymbols } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { openRedis } from '#lib/redis.ts';
import type { Services } from '#lib/services/services.ts';
import type { Load } from './load_market.ts';
import { child, type LoadedExchange, startLoad } from './loaded_exchange.ts';
import { count, receivedAfter, settled, waitingTicks } from './settled.ts';
import { quantile, Visibility } from './visibility.ts';

export interface LiveBenchOptions {
  config: Config;
  db: QuestDb;
  services: Services;
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
    figure('live_lost', ours.lost, 'ticks', 'less', of(peer.lost)),
    figure('live_spooled', ours.waiting, 'ticks', 'less'),
    figure('live_late', ours.late, 'ticks', 'less', of(peer.late)),
    figure('live_settled_s', ours.settledSeconds, 's', 'less', of(peer.settledSeconds)),
    figure('live_p50_ms', ours.p50, 'ms', 'less', of(peer.p50)),
    figure('live_p99_ms', ours.p99, 'ms', 'less', of(peer.p99)),
    figure('live_rss_mib', ours.rss, 'MiB', 'less', of(peer.rss)),
    figure('live_rss_growth_mib', ours.growth, 'MiB', 'less'),
  ];
}

interface Measured {
  /** Ticks received within the time of the measurement. */
  rate: number;
  /** Sent, and neither stored nor waiting, once nothing moves any more. */
  lost: number;
  /** Those that waited for QuestDB even then, in memory and on disk. */
  waiting: number;
  /** Due within the time of the measurement, and received after it. */
  late: number;
  /** From the last frame until all was stored, or nothing moved any more. */
  settledSeconds: number;
  p50: number;
  p99: number;
  /** The most that the process took, and how much more its last quarter took than its second. */
  rss: number;
  growth: number;
}

async function measureUp({
  config,
  db,
  services,
  framesPerSecond,
  seconds,
  onProgress,
}: LiveBenchOptions): Promise<Measured> {
  const load = { ...loadOf(framesPerSecond, warmUpSeconds + seconds), staysOpen: true };
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
  const redis = openRedis(services.redis);
  try {
    onProgress('live: waiting for the feed');
    const pid = await subscribed(db, config, up);
    const waiting = () => waitingTicks(redis);
    return await underLoad({ db, table: 'ticks', exchange, pid, warmUp: warmUpSeconds, seconds, waiting, onProgress });
  } finally {
    if (up.exitCode === null) {
      up.kill('SIGTERM');
      await once(up, 'exit');
    }
    redis.disconnect();
    exchange.end();
  }
}

async function measurePeer({ db, framesPerSecond, seconds, onProgress }: LiveBenchOptions): Promise<Measured> {
  // It writes its last rows when its socket closes.
  const load = { ...loadOf(framesPerSecond, peerWarmUpSeconds + seconds), staysOpen: false };
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
    // It does not say what it has not sent.
    const waiting = async () => 0;
    return await underLoad({
      db,
      table,
      exchange,
      pid: client.pid!,
      warmUp: peerWarmUpSeconds,
      seconds,
      waiting,
      onProgress,
    });
  } finally {
    client.disconnect();
    exchange.end();
    await db.query(`DROP TABLE IF EXISTS ${table}`);
  }
}

function loadOf(framesPerSecond: number, seconds: number): Omit<Load, 'staysOpen'> {
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
  /** Ticks that have been received and are not stored yet. */
  waiting(): Promise<number>;
  onProgress: (what: string) => void;
}

async function underLoad({
  db,
  table,
  exchange,
  pid,
  warmUp,
  seconds,
  waiting,
  onProgress,
}: UnderLoad): Promise<Measured> {
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
  const last = Date.now();
  onProgress(`${table}: waiting until all that was sent is stored`);
  const account = await settled(db, table, before + total, waiting);
  const from = (started + warmUp * 1_000) * 1_000;
  const to = from + seconds * 1e6;
  const delays = await visibility.stop(from, to);
  await asking.close();
  const quarter = Math.floor(memory.length / 4);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    rate: delays.length / seconds,
    lost: total - (account.rows - before) - account.waiting,
    waiting: account.waiting,
    late: await receivedAfter(db, table, { from, to }),
    settledSeconds: (account.at - last) / 1_000,
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
    rss: Math.max(...memory),
    growth: mean(memory.slice(-quarter)) - mean(memory.slice(quarter, 2 * quarter)),
  };
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
