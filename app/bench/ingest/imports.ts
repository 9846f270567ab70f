import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sender } from '@questdb/nodejs-client';
import { binanceTicks } from '#ingest/archives/binance_ticks.ts';
import { mappedTicks } from '#ingest/archives/mapped_ticks.ts';
import { sqliteTicks } from '#ingest/archives/sqlite_ticks.ts';
import { linesOf } from '#ingest/archives/text_file.ts';
import type { TickFile } from '#ingest/archives/tick_file.ts';
import { importTicks } from '#jobs/import/ticks.ts';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { senderConfiguration } from '#lib/questdb/sender.ts';
import { rows, writeImportFiles } from './import_files.ts';

/** One figure of a benchmark beside its peer's; `ratio` is how many times ours is the better one. */
export interface ImportFigure {
  name: string;
  value: number;
  unit: string;
  peer: string;
  peer_value: number;
  ratio: number;
}

interface Context {
  db: QuestDb;
  config: Config;
  log: Logger;
}

/** Rows that the peer sends: enough for a steady rate. */
const sample = 200_000;

/**
 * Rows a second from a file until a query has them all, without the bars, beside the official client alone, which is given
 * the rows of the same CSV one by one.
 * @throws UserError when there are no recordings to make the files of
 */
export async function benchImports({ db, config, log }: Context): Promise<ImportFigure[]> {
  if (!config.recordings)
    throw new UserError('There are no recordings to make files of.', 'Set TICKFOREST_RECORDINGS to their directory.');
  const directory = await mkdtemp(join(tmpdir(), 'tickforest-bench-'));
  const venue = `bench-${randomUUID().slice(0, 8)}`;
  try {
    const files = await writeImportFiles(config.recordings, directory);
    const peer = await peerRate(db, `${venue}-peer`, files.csv);
    const figure = async (name: string, unit: string, file: TickFile): Promise<ImportFigure> => {
      const value = await rate({ db, config: { ...config, dataDir: directory }, log }, file);
      return { name, value, unit, peer: 'official client, row by row', peer_value: peer, ratio: value / peer };
    };
    const options = { venue, mapping: new Map(), time: {} };
    return [
      await figure('import_csv_rows_per_s', 'rows/s', await binanceTicks(files.csv, 'aggTrades', venue)),
      await figure('import_sqlite_ticks_per_s', 'ticks/s', sqliteTicks(files.sqlite, { venue })),
      await figure('import_parquet_rows_per_s', 'rows/s', await mappedTicks(files.parquet, options)),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The bars are measured on their own: `candles_rebuild_s`. */
const noCloser = { close: async () => ({ minutes: 0 }), end: async () => {} };

async function rate(context: Context, file: TickFile): Promise<number> {
  const began = performance.now();
  const result = await importTicks({ ...context, closeClient: noCloser }, [file]);
  const seconds = (performance.now() - began) / 1000;
  const [{ n }] = await context.db.query<{ n: number }>(
    `SELECT count() n FROM ticks WHERE venue = '${file.venue}' AND symbol IN (${result.symbols.map((symbol) => `'${symbol}'`).join(', ')})`,
  );
  if (result.rows !== rows || n !== rows)
    throw new Error(`${file.path}: ${result.rows} rows read, ${n} stored of ${rows}`);
  return Math.round(rows / seconds);
}

/** What its documentation shows: a row at a time, sent every some thousands. */
async function peerRate(db: QuestDb, venue: string, path: string): Promise<number> {
  const sender = await Sender.fromConfig(senderConfiguration(db.address));
  const began = performance.now();
  let sent = 0;
  try {
    for await (const lines of linesOf(path)) {
      for (const line of lines) {
        const [id, price, size, , , time, maker] = line.split(',');
        if (id === 'agg_trade_id' || sent === sample) continue;
        sender.table('ticks').symbol('venue', venue).symbol('symbol', 'BTC-USDT').symbol('source', 'archive');
        sender
          .symbol('kind', 'trade')
          .symbol('side', maker === 'true' ? 'sell' : 'buy')
          .stringColumn('event_id', `a${id}`);
        sender.floatColumn('price', Number(price)).floatColumn('size', Number(size));
        await sender.at(Number(time) * 1000, 'us');
        if (++sent % 10_000 === 0) await sender.flush();
      }
      if (sent === sample) break;
    }
    await sender.flush();
  } finally {
    await sender.close();
  }
  await db.applied(['ticks']);
  return Math.round(sent / ((performance.now() - began) / 1000));
}
