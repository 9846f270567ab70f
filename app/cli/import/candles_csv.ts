import { Command } from 'commander';
import { runCandleImport } from './candles.ts';

export function candlesCsvCommand(): Command {
  return new Command('candles-csv')
    .description(
      'import one-minute candles from CSV files, gzipped or not, that are named after their symbol: BTC-USDT.csv.gz',
    )
    .argument('<files...>')
    .option('--venue <name>', 'venue of the data (default: from a manifest.json next to the files)')
    .option('--json', 'print one JSON document')
    .action((paths: string[], { venue, json }: { venue?: string; json?: boolean }) =>
      runCandleImport({ paths, venue }, json),
    );
}
