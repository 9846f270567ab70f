import { quantile } from '#app/bench/ingest/visibility.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import { fillNewFeatures } from '#jobs/features/fill_new.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { bind, Timestamp } from '#lib/questdb/statement.ts';
import type { FeatureBench } from './context.ts';
import { exportCandles } from './peers.ts';
import { runNewest } from './python_peer.ts';
import type { Took } from './server_time.ts';

/** Closes before those that count: the server compiles what it runs often. */
const warmUp = 10;
/** An EMA of 200 bars needs five times as many to forget where it began. */
const peerBars = 1_000;

/**
 * One bar after the other is stored for all symbols; from when the server has it until all features of all symbols can be
 * read, by the function that the live pipeline calls. The peer computes its newest bars anew each time, and stores nothing.
 */
export async function benchClose(bench: FeatureBench, history: number): Promise<Figure[]> {
  const { db, market, server, closes, python, onProgress } = bench;
  onProgress('close: what stands before it');
  await fillNewFeatures(db, market.venue);
  const took: Took[] = [];
  for (let number = history; number < history + closes; number++) {
    if ((number - history) % 20 === 0) onProgress(`close: bar ${number - history} of ${closes}`);
    await market.close(db, number);
    took.push(await server.took(() => fillNewFeatures(db, market.venue)));
    await shows(db, market.venue, market.at(number), market.symbols.length);
  }
  const counted = took.slice(Math.min(warmUp, closes - 1));
  const ms = Float64Array.from(counted, ({ wall }) => wall * 1_000).sort();
  const peer = python && (await peerTimes(bench, python));
  const beside = (share: number) => peer && { name: peer.name, value: quantile(peer.ms, share) };
  const cpu = counted.reduce((sum, { cpu: seconds = Number.NaN }) => sum + seconds, 0) / counted.length;
  return [
    figure('close_p99_ms', quantile(ms, 0.99), 'ms', 'less', beside(0.99)),
    figure('close_p50_ms', quantile(ms, 0.5), 'ms', 'less', beside(0.5)),
    ...(Number.isNaN(cpu) ? [] : [figure('close_cpu_ms', cpu * 1_000, 'ms', 'less')]),
  ];
}

/** A close counts only when every symbol has its row. */
async function shows(db: QuestDb, venue: string, ts: number, symbols: number): Promise<void> {
  const [{ rows }] = await db.query<{ rows: number }>(
    bind('SELECT count() AS rows FROM features_1m WHERE venue = :venue AND ts = :ts', { venue, ts: new Timestamp(ts) }),
  );
  if (rows !== symbols) throw new Error(`${rows} of ${symbols} symbols have features of ${new Timestamp(ts)}`);
}

async function peerTimes(
  { db, market, directory, closes, onProgress }: FeatureBench,
  python: NonNullable<FeatureBench['python']>,
) {
  onProgress('close: pandas');
  const candles = await exportCandles(db, market.venue, directory);
  const { name, seconds } = await runNewest(python, 'pandas', { candles, bars: peerBars, runs: closes });
  return { name, ms: Float64Array.from(seconds, (value) => value * 1_000).sort() };
}
