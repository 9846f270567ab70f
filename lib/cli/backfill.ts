import { Command } from 'commander';
import { backfill } from '#ingest/backfill.ts';
import { BlofinRest } from '#ingest/blofin/rest.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { withCloser } from '#jobs/closer.ts';
import { withServices } from './context.ts';
import { printJson, progress, say, thousands } from './output.ts';
import { positiveNumber, symbolList } from './parse.ts';

interface Options {
  days: number;
  symbols?: string[];
  exchange?: string;
  json?: boolean;
}

export function backfillCommand(): Command {
  return new Command('backfill')
    .description("fetch one-minute candles from the exchange's REST API up to now")
    .option('--days <n>', 'how many', positiveNumber, 7)
    .option('--symbols <list>', 'separated by commas (default: market.symbols)', symbolList)
    .option('--exchange <url>', 'another exchange that speaks Blofin’s protocols')
    .option('--json', 'print one JSON document')
    .action(async ({ days, symbols: asked, exchange, json }: Options) => {
      const result = await withServices({}, (context) =>
        withCloser(context.worker, async (closer) => {
          const { market } = context.config;
          const symbols = asked ?? market.symbols;
          const limiter = new Limiter({ perMinute: market.requestsPerMinute });
          const rest = new BlofinRest({ url: exchange ?? market.restUrl, limiter, log: context.log });
          const { venue } = await rest.origin();
          const bar = progress('history', symbols.length);
          try {
            const fetched = await backfill(
              context.db,
              rest,
              { symbols, minutes: Math.round(days * 1_440) },
              bar.update,
            );
            if (fetched.range) await closer.close({ venue, symbols: [], ranges: [fetched.range] });
            return { venue, ...fetched };
          } finally {
            bar.end();
          }
        }),
      );
      if (json) return printJson(result);
      say(`${thousands(result.candles)} candles of ${result.venue} fetched.`, false);
      for (const { symbol, reason } of result.skipped) say(`Passed over ${symbol}: ${reason}`, false);
    });
}
