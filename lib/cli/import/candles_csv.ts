import { Command } from 'commander';
import { candleFile } from '#ingest/archives/candles_csv.ts';
import { withCloser } from '#jobs/closer.ts';
import { importCandles } from '#jobs/import_candles.ts';
import { withServices } from '../context.ts';
import { printJson, printTable, progress, thousands } from '../output.ts';

export function candlesCsvCommand(): Command {
  return new Command('candles-csv')
    .description('one-minute candles from CSV files, gzipped or not; the symbol is in the name: BTC-USDT.csv.gz')
    .argument('<files...>')
    .option('--venue <name>', 'whose market this was; else a manifest.json beside the files says it')
    .option('--json', 'print one JSON document')
    .action(async (paths: string[], { venue, json }: { venue?: string; json?: boolean }) => {
      // A wrong name is told before any server is started.
      for (const path of paths) candleFile(path, venue);
      const result = await withServices({}, (context) =>
        withCloser(context.worker, async (closer) => {
          const bar = progress('import', paths.length);
          try {
            return await importCandles({ ...context, closer }, { paths, venue }, (done, what) =>
              bar.update(done, undefined, what),
            );
          } finally {
            bar.end();
          }
        }),
      );
      if (json) return printJson(result);
      printTable(
        ['symbol', 'venue', 'candles', 'rejected', 'holes', 'from', 'to'],
        result.files.map((file) => [
          file.symbol,
          file.venue,
          thousands(file.rows),
          file.rejected,
          file.holes,
          file.from ?? '–',
          file.to ?? '–',
        ]),
      );
      process.stdout.write(
        `${thousands(result.rows)} candles imported, ${thousands(result.rejected)} lines rejected.\n`,
      );
    });
}
