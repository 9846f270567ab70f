import { Command } from 'commander';
import { venueOf } from '#ingest/archives/manifest_beside.ts';
import { mappedTicks, tickTarget } from '#ingest/archives/mapped_ticks.ts';
import type { TickFile } from '#ingest/archives/tick_file.ts';
import { readTableFlags, type TableFlags, tableOptions } from './table_options.ts';
import { runTickImport, type TickOptions, tickOptions } from './ticks.ts';

export function ticksCsvCommand(): Command {
  return mappedCommand(
    'ticks-csv',
    'import trades or quotes from files of delimited text, plain, gzipped or zipped, or from Parquet or Feather',
  );
}

export function parquetCommand(): Command {
  return mappedCommand('parquet', 'import trades or quotes from Parquet files');
}

function mappedCommand(name: string, description: string): Command {
  const command = new Command(name).description(description).argument('<files...>');
  tableOptions(command, 'ts=time,price=last,size=qty,symbol=BTC-USDT');
  return tickOptions(command).action(async (paths: string[], options: TableFlags & TickOptions) => {
    const how = readTableFlags(options, tickTarget);
    const files: TickFile[] = [];
    for (const path of paths)
      files.push(await mappedTicks(path, { venue: await venueOf(path, options.venue), ...how }));
    await runTickImport(files, options, { mapped: true });
  });
}
