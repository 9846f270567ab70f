import { type Command, InvalidArgumentError } from 'commander';
import { type Mapping, parseMapping, type Target } from '#ingest/archives/mapping.ts';
import type { TableOptions } from '#ingest/archives/table.ts';
import { type TimeOptions, timeUnit } from '#ingest/archives/time_reading.ts';

/** What every import of a table can be told, as commander has it. */
export interface TableFlags {
  map?: string;
  columns?: string[];
  decimalComma?: boolean;
  timeUnit?: string;
  timeFormat?: string;
  venue?: string;
}

/** The options that `readTableFlags` understands. */
export function tableOptions(command: Command, example: string): Command {
  return command
    .option(
      '--map <list>',
      `columns of the file, or constants, for our columns: ${example}; not needed for equal names`,
    )
    .option('--columns <list>', 'names of the columns, for a file without a header: time,price,size', namesOf)
    .option('--decimal-comma', 'numbers are written with a decimal comma')
    .option('--time-unit <unit>', 'unit of times: s, ms, us or ns (default: from the size of the numbers)')
    .option('--time-format <format>', "format of times, such as '%d.%m.%Y %H:%M:%S' (default: ISO 8601, UTC)")
    .option('--venue <name>', 'venue of the data (default: from a manifest.json next to the files)');
}

/** @throws UserError when they are not written as they must be */
export function readTableFlags(
  { map, columns, decimalComma, ...flags }: TableFlags,
  target: Target,
): TableOptions & { mapping: Mapping; time: TimeOptions } {
  const mapping: Mapping = map === undefined ? new Map() : parseMapping(map, target);
  const unit = flags.timeUnit === undefined ? undefined : timeUnit(flags.timeUnit);
  return { columns, decimalComma, mapping, time: { unit, format: flags.timeFormat } };
}

function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('') || new Set(names).size < names.length)
    throw new InvalidArgumentError('Name each column once: time,price,size.');
  return names;
}
