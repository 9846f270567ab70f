import { Command } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, printTable, progress, say } from '#app/terminal.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import { rebuildCandles } from '#jobs/candles/rebuild.ts';
import { moment, symbolList } from './parse.ts';

interface Options {
  venue: string;
  symbols?: string[];
  from?: number;
  to?: number;
  whole?: boolean;
  json?: boolean;
}

export function candlesCommand(): Command {
  return new Command('candles').description('make candles again').addCommand(rebuildCommand());
}

function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('make one-minute bars again from the ticks that are stored, and find their gaps again')
    .requiredOption('--venue <name>', 'venue of the ticks')
    .option('--symbols <list>', 'symbols, separated by commas (default: all that have ticks)', symbolList)
    .option('--from <time>', 'first time, UTC, like 2026-03-01 or 2026-03-01T12:00 (default: the first tick)', moment)
    .option('--to <time>', 'last time (default: the last tick)', moment)
    .option('--whole', 'vouch that no event is missing between the ticks, as for files imported with --whole')
    .option('--json', 'print one JSON document')
    .action(async ({ venue, symbols, from, to, whole, json }: Options) => {
      const rebuilt = await withServices({}, (context) =>
        withCloseClient(context.worker, async (closeClient) => {
          const bar = progress('candles', 1);
          try {
            return await rebuildCandles(
              { ...context, closeClient },
              { venue, symbols, from, to, whole },
              (done, total, what) => bar.update(done, total, what),
            );
          } finally {
            bar.end();
          }
        }),
      );
      const rows = rebuilt.map((row) => ({ ...row, from: iso(row.from), to: iso(row.to) }));
      if (json) return printJson({ venue, symbols: rows });
      printTable(
        ['symbol', 'from', 'to', 'trade ids', 'gaps opened', 'gaps healed'],
        rows.map((row) => [row.symbol, row.from, row.to, row.ids, row.gaps_opened, row.gaps_healed]),
      );
      say(
        `The bars of ${rows.length} symbols of ${venue} are those of their ticks; ./tickforest features fill renews features.`,
        false,
      );
    });
}

/** ISO 8601; microseconds are cut. */
function iso(micros: number): string {
  return new Date(micros / 1000).toISOString();
}
