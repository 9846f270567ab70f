import { join } from 'node:path';
import { median } from '#app/bench/median.ts';
import type { Python } from '#app/bench/python.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import { warmupBars } from '#features/catalogue.ts';
import { fillFeatures } from '#features/fill.ts';
import { readFrame } from '#lib/questdb/parquet.ts';
import { loadMarket } from './bench_market.ts';
import type { FeatureBench } from './context.ts';
import { exportListed, listedFiles } from './listed.ts';
import { listedNames } from './listed_names.ts';
import { exportCandles } from './peers.ts';
import { emptyTable, makeTable } from './tables.ts';

/** What the older system was asked for. */
const [symbols, bars, runs] = [16, 2_000, 3];

/**
 * The features of the list of 2,000 bars of 16 symbols, stored and then read as a frame, beside the steps of the older system
 * on the same bars, which stores nothing.
 */
export async function benchOlder(
  { db, directory, onProgress }: FeatureBench,
  recordings: string | undefined,
  python: Python,
): Promise<Figure[]> {
  onProgress(`older: ${symbols} × ${bars} bars, stored and framed ${runs + 1} times`);
  const first = warmupBars('1m');
  const market = loadMarket(recordings, symbols, first + bars, 'bench-older');
  await market.store(db, 0, first + bars);
  const { venue } = market;
  const only = { files: listedFiles(), table: await makeTable(db, 'bench_older', listedFiles()) };
  const file = join(directory, 'older.parquet');
  const seconds: number[] = [];
  for (let run = 0; run <= runs; run++) {
    await emptyTable(db, only.table);
    const began = performance.now();
    await fillFeatures(db, { venue, timeframe: '1m', only });
    await exportListed(db, only.table, venue, file);
    const { frame } = await readFrame(file);
    seconds.push((performance.now() - began) / 1_000);
    if (frame.rows !== symbols * bars) throw new Error(`the frame has ${frame.rows} rows instead of ${symbols * bars}`);
  }
  await db.query(`DROP TABLE ${only.table}`);
  onProgress(`older: pandas in its steps, ${symbols} × ${bars} bars`);
  const options = ['--candles', await exportCandles(db, venue, directory), '--bars', String(bars)];
  const peer = await python.json<{ seconds: number[]; rows: number; columns: number; version: string }>(
    'older_features.py',
    options,
  );
  if (peer.rows !== symbols * bars || peer.columns !== listedNames.length)
    throw new Error(`the older steps made ${peer.columns} columns of ${peer.rows} rows`);
  const name = `the older system's steps, pandas ${peer.version}`;
  return [figure('older_s', median(seconds.slice(1)), 's', 'less', { name, value: median(peer.seconds) })];
}
