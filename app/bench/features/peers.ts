import { join } from 'node:path';
import type { Python } from '#app/bench/python.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportParquet } from '#lib/questdb/parquet.ts';
import { bind } from '#lib/questdb/statement.ts';
import { runDuckDb } from './duckdb.ts';
import { type PeerRequest, type PeerRun, runPython } from './python_peer.ts';

/** What the peers read. */
export const candlesOf = 'SELECT ts, symbol, open, high, low, close, volume FROM candles_1m WHERE venue = :venue';

/** Computes the features of the list from all stored bars of a venue, with pandas, polars and DuckDB one after the other. */
export async function runPeers(
  db: QuestDb,
  venue: string,
  python: Python,
  request: Omit<PeerRequest, 'candles'>,
  onPeer: (name: string) => void,
): Promise<PeerRun[]> {
  const candles = await exportCandles(db, venue, request.directory);
  const peers: PeerRun[] = [];
  for (const peer of ['pandas', 'polars'] as const) {
    onPeer(peer);
    peers.push(await runPython(python, peer, { ...request, candles }));
  }
  onPeer('DuckDB');
  return [...peers, await runDuckDb({ ...request, candles })];
}

/** The same as a Parquet file. */
export async function exportCandles(db: QuestDb, venue: string, directory: string): Promise<string> {
  const file = join(directory, 'candles.parquet');
  await exportParquet(db, bind(candlesOf, { venue }), file);
  return file;
}
