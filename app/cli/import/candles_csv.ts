import { Command } from 'commander';
import { runCandleImport } from './candles.ts';

export function candlesCsvCommand(): Command {
  return new Command('candles-csv')
    .description('one-minute candles from CSV files, gzipped or not; the symbol is in the name: BTC-USDT.csv.gz')
    .argument('<files...>')
    .option('--venue <name>', 'whose market this was; else a manifest.json beside the files says it')
    .option('--json', 'print one JSON document')
    .action((paths: string[], { venue, json }: { venue?: string; json?: boolean }) =>
      runCandleImport({ paths, venue }, json),
    );
}
