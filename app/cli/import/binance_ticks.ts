import { Command } from 'commander';
import { binanceVenue } from '#ingest/archives/binance_name.ts';
import { binanceTicks } from '#ingest/archives/binance_ticks.ts';
import { runTickImport, type TickOptions, tickOptions } from './ticks.ts';

interface Options extends TickOptions {
  market?: string;
  venue?: string;
}

export function binanceTradesCommand(): Command {
  return binanceCommand('binance-trades', 'trades', 'single trades');
}

export function binanceAggTradesCommand(): Command {
  return binanceCommand('binance-agg-trades', 'aggTrades', 'aggregated trades');
}

function binanceCommand(name: string, kind: 'trades' | 'aggTrades', what: string): Command {
  const command = new Command(name)
    .description(
      `import ${what} from Binance's public archive (data.binance.vision): BTCUSDT-${kind}-2024-08-05.zip or .csv`,
    )
    .argument('<files...>')
    .option('--market <name>', 'market: um (USD-M futures) or spot', 'um')
    .option('--venue <name>', 'another name for the venue (default: binance-um or binance-spot)');
  return tickOptions(command).action(async (paths: string[], { market, venue, ...options }: Options) => {
    const name = binanceVenue(market, venue);
    const files = [];
    for (const path of paths) files.push(await binanceTicks(path, kind, name));
    await runTickImport(files, options);
  });
}
