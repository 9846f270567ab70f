import { Command, Option } from 'commander';
import { type Context, withServices } from '#app/context.ts';
import { printJson, printTable, progress, say, thousands } from '#app/terminal.ts';
import { backfill } from '#ingest/history/backfill.ts';
import { openMarketAccess } from '#ingest/venues/access.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import { type VenueName, venueNames } from '#lib/venue.ts';
import { positiveNumber, symbolList } from './parse.ts';

interface Options {
  days: number;
  symbols?: string[];
  venue?: VenueName;
  exchange?: string;
  again?: boolean;
  json?: boolean;
}

export function backfillCommand(): Command {
  return new Command('backfill')
    .description(
      "fetch one-minute candles up to now from the exchange's REST API; an interrupted backfill continues where it stopped",
    )
    .option('--days <n>', 'number of days to fetch', positiveNumber, 7)
    .option('--symbols <list>', 'symbols, separated by commas (default: market.symbols)', symbolList)
    .addOption(new Option('--venue <name>', 'venue (default: market.venue)').choices(venueNames))
    .option('--exchange <url>', 'address of another exchange that speaks the venue’s protocol')
    .option('--again', 'also fetch days that are already complete')
    .option('--json', 'print one JSON document')
    .action(async (options: Options) => {
      const result = await withServices({}, (context) => run(context, options));
      if (options.json) return printJson(result);
      say(`Fetched ${thousands(result.candles)} candles of ${result.venue}.`, false);
      printTable(
        ['symbol', 'days', 'fetched now', 'candles', 'from', 'to', 'missing minutes'],
        result.symbols.map(({ symbol, days, fetched, candles, from, to, missing }) => [
          ...[symbol, days, fetched, thousands(candles), from.slice(0, 16), to.slice(0, 16)],
          missing.map(({ day, minutes }) => `${day}: ${minutes}`).join(', ') || 'none',
        ]),
      );
      for (const { symbol, reason } of result.skipped) say(`Skipped ${symbol}: ${reason}`, false);
    });
}

function run(context: Context, options: Options) {
  const { market } = context.config;
  const symbols = options.symbols ?? market.symbols;
  const { venue: asked, exchange } = options;
  const { rest } = openMarketAccess(context.config, context.log, { venue: asked, exchange, onWait: sayWait });
  return withCloseClient(context.worker, async (closeClient) => {
    const { venue } = await rest.origin();
    const bar = progress('history', symbols.length);
    try {
      const request = { symbols, minutes: Math.round(options.days * 1_440), again: options.again };
      const { range: _, ...fetched } = await backfill(context.db, rest, request, bar.update, (range) =>
        closeClient.close({ venue, symbols: [], ranges: [range] }),
      );
      return { venue, ...fetched };
    } finally {
      bar.end();
    }
  });
}

/** Long work does not fail because the exchange suspends us for minutes: it waits, and says so. */
function sayWait(ms: number, cause: string): void {
  const until = new Date(Date.now() + ms).toISOString().slice(11, 19);
  say(`${cause}: waiting ${Math.ceil(ms / 1_000)} s, until ${until} UTC.`, true);
}
