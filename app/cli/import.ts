import { Command } from 'commander';
import { binanceKlinesCommand } from './import/binance_klines.ts';
import { binanceAggTradesCommand, binanceTradesCommand } from './import/binance_ticks.ts';
import { candlesCsvCommand } from './import/candles_csv.ts';
import { framesCommand } from './import/frames.ts';
import { sqliteCommand } from './import/sqlite.ts';
import { parquetCommand, ticksCsvCommand } from './import/ticks_csv.ts';

export function importCommand(): Command {
  const command = new Command('import').description('import candles, trades and quotes from files');
  for (const format of [
    candlesCsvCommand(),
    binanceKlinesCommand(),
    binanceTradesCommand(),
    binanceAggTradesCommand(),
    ticksCsvCommand(),
    parquetCommand(),
    framesCommand(),
    sqliteCommand(),
  ])
    command.addCommand(format);
  return command;
}
