import { Command } from 'commander';
import { binanceKlines } from '#ingest/archives/binance_klines.ts';
import { binanceVenue } from '#ingest/archives/binance_name.ts';
import { type CandleFlags, candleOptions, runCandleImport } from './candles.ts';

interface Options extends CandleFlags {
  market?: string;
  venue?: string;
}

export function binanceKlinesCommand(): Command {
  const command = new Command('binance-klines')
    .description(
      "import one-minute candles from Binance's public archive (data.binance.vision): BTCUSDT-1m-2024-08.zip or .csv",
    )
    .argument('<files...>')
    .option('--market <name>', 'market: um (USD-M futures) or spot', 'um')
    .option('--venue <name>', 'another name for the venue (default: binance-um or binance-spot)');
  return candleOptions(command).action(async (paths: string[], { market, venue, ...options }: Options) => {
    const name = binanceVenue(market, venue);
    await runCandleImport({ paths, open: (path) => binanceKlines(path, name) }, options);
  });
}
