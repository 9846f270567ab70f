import { Command } from 'commander';
import { venueName } from '#ingest/archives/binance_name.ts';
import { readContractValues } from '#ingest/archives/contract_values.ts';
import { sqliteTicks } from '#ingest/archives/sqlite_ticks.ts';
import { runTickImport, type TickOptions, tickOptions } from './ticks.ts';

interface Options extends TickOptions {
  venue: string;
  contracts?: string;
}

export function sqliteCommand(): Command {
  const command = new Command('sqlite')
    .description(
      'import tickers from the older SQLite database: ticks(id, ts_ms, ts_iso, symbol, price, source, raw_json)',
    )
    .argument('<files...>')
    .option('--venue <name>', 'venue of the data', 'blofin')
    .option(
      '--contracts <file>',
      'file with the base coin per contract: {"BTC-USDT": "0.001"}; without it, book sizes are left out',
    );
  return tickOptions(command).action(async (paths: string[], { venue, contracts, ...options }: Options) => {
    const contractValue = contracts === undefined ? undefined : readContractValues(contracts);
    const name = venueName(venue);
    await runTickImport(
      paths.map((path) => sqliteTicks(path, { venue: name, contractValue })),
      options,
    );
  });
}
