import { Command } from 'commander';
import { printJson, printTable } from '#app/terminal.ts';
import { featureEntries, rangeText } from '#features/entry.ts';
import { featureTimeframes } from '#lib/timeframe.ts';

export function listCommand(): Command {
  return new Command('list')
    .description('list all features, from the headers of the SQL files (as in docs/features.md)')
    .option('--json', 'print one JSON document')
    .action(({ json }: { json?: boolean }) => {
      const entries = featureEntries();
      if (json) return printJson(entries);
      printTable(
        ['name', 'family', 'scale', 'warm-up', 'range', 'timeframes', 'formula'],
        entries.map((entry) => [
          ...[entry.name, entry.family, entry.scale, entry.warmup, rangeText(entry)],
          entry.timeframes.length === featureTimeframes.length ? 'all' : entry.timeframes.join(' '),
          entry.formula,
        ]),
      );
    });
}
