import { Command } from 'commander';
import { venueName } from '#ingest/archives/binance_name.ts';
import { manifestBeside } from '#ingest/archives/manifest_beside.ts';
import { parseMapping } from '#ingest/archives/mapping.ts';
import { parquetTicks } from '#ingest/archives/parquet_ticks.ts';
import type { TickFile } from '#ingest/archives/tick_file.ts';
import { ticksCsv } from '#ingest/archives/ticks_csv.ts';
import { timeUnit } from '#ingest/archives/time_reading.ts';
import { UserError } from '#lib/errors.ts';
import { runTickImport, type TickOptions, tickOptions } from './ticks.ts';

interface Options extends TickOptions {
  map?: string;
  venue?: string;
  timeUnit?: string;
  timeFormat?: string;
}

export function ticksCsvCommand(): Command {
  return mappedCommand(
    'ticks-csv',
    'trades or quotes from any CSV file with a header, plain, gzipped or zipped',
    ticksCsv,
  );
}

export function parquetCommand(): Command {
  return mappedCommand('parquet', 'trades or quotes from Parquet files', parquetTicks);
}

function mappedCommand(name: string, description: string, open: typeof ticksCsv | typeof parquetTicks): Command {
  const command = new Command(name)
    .description(description)
    .argument('<files...>')
    .option(
      '--map <list>',
      "which of the file's columns are ours, and constants: ts=time,price=last,size=qty,symbol=BTC-USDT; columns of the same name need none",
    )
    .option('--venue <name>', 'whose market this was; else a manifest.json beside the files says it')
    .option('--time-unit <unit>', 's, ms, us or ns (default: told by the size of the numbers)')
    .option('--time-format <format>', "how times are written, such as '%d.%m.%Y %H:%M:%S' (default: ISO 8601, UTC)");
  return tickOptions(command).action(async (paths: string[], { map, venue, ...options }: Options) => {
    const mapping = map === undefined ? new Map() : parseMapping(map);
    const time = {
      unit: options.timeUnit === undefined ? undefined : timeUnit(options.timeUnit),
      format: options.timeFormat,
    };
    const files: TickFile[] = [];
    for (const path of paths) files.push(await open(path, { venue: await venueOf(path, venue), mapping, time }));
    await runTickImport(files, options);
  });
}

async function venueOf(path: string, venue: string | undefined): Promise<string> {
  const name = venue ?? (await manifestBeside(path))?.venue;
  if (name === undefined)
    throw new UserError(
      `Nothing says which venue ${path} comes from.`,
      'Give --venue NAME, or put a manifest.json beside it.',
    );
  return venueName(name);
}
