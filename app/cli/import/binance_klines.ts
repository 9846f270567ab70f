import { Command } from 'commander';
import { binanceKlines } from '#ingest/archives/binance_klines.ts';
import { binanceVenue } from '#ingest/archives/binance_name.ts';
import { runCandleImport } from './candles.ts';

interface Options {
  market?: string;
  venue?: string;
  json?: boolean;
}

export function binanceKlinesCommand(): Command {
  return new Command('binance-klines')
    .description(
      "import one-minute candles from Binance's public archive (data.binance.vision): BTCUSDT-1m-2024-08.zip or .csv",
    )
    .argument('<files...>')
    .option('--market <name>', 'market: um (USD-M futures) or spot', 'um')
    .option('--venue <name>', 'another name for the venue (default: binance-um or binance-spot)')
    .option('--json', 'print one JSON document')
    .action(async (paths: string[], { market, venue, json }: Options) => {
      const name = binanceVenue(market, venue);
      await runCandleImport({ paths, venue: name, open: (path) => binanceKlines(path, name) }, json);
    });
}
