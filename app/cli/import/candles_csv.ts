import { Command } from 'commander';
import { candleTarget } from '#ingest/archives/candle_columns.ts';
import { mappedCandles } from '#ingest/archives/mapped_candles.ts';
import { type CandleFlags, candleOptions, runCandleImport } from './candles.ts';
import { readTableFlags, type TableFlags, tableOptions } from './table_options.ts';

export function candlesCsvCommand(): Command {
  const command = new Command('candles-csv')
    .description(
      'import one-minute candles from files of delimited text, plain, gzipped or zipped, or from Parquet or Feather, that are named after their symbol, BTC-USDT.csv.gz, or have it in a column',
    )
    .argument('<files...>');
  tableOptions(command, 'open_time=time,volume=vol,symbol=BTC-USDT');
  return candleOptions(command).action(async (paths: string[], { venue, ...options }: TableFlags & CandleFlags) => {
    const how = readTableFlags(options, candleTarget);
    const open = (path: string) => mappedCandles(path, { venue, ...how });
    await runCandleImport({ paths, open }, options, { mapped: true });
  });
}
