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
    'import trades or quotes from any CSV file with a header, plain, gzipped or zipped',
    ticksCsv,
  );
}

export function parquetCommand(): Command {
  return mappedCommand('parquet', 'import trades or quotes from Parquet files', parquetTicks);
}

function mappedCommand(name: string, description: string, open: typeof ticksCsv | typeof parquetTicks): Command {
  const command = new Command(name)
    .description(description)
    .argument('<files...>')
    .option(
      '--map <list>',
      'columns of the file, or constants, for our columns: ts=time,price=last,size=qty,symbol=BTC-USDT; not needed for equal names',
    )
    .option('--venue <name>', 'venue of the data (default: from a manifest.json next to the files)')
    .option('--time-unit <unit>', 'unit of times: s, ms, us or ns (default: from the size of the numbers)')
    .option('--time-format <format>', "format of times, such as '%d.%m.%Y %H:%M:%S' (default: ISO 8601, UTC)");
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
      `It is not known which venue ${path} comes from.`,
      'Give --venue NAME, or put a manifest.json next to the file.',
    );
  return venueName(name);
}
