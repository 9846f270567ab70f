import { UserError } from '#lib/errors.ts';
import { sqlText } from './tick_columns.ts';

export const timeUnits = { s: 1_000_000, ms: 1_000, us: 1, ns: 0.001 } as const;
export type TimeUnit = keyof typeof timeUnits;

/** How times are written. Without both, a number tells its unit by its size, and a text is ISO 8601, UTC where it has no zone. */
export interface TimeOptions {
  unit?: TimeUnit;
  /** Such as `%d/%m/%Y %H:%M:%S.%f`, as DuckDB's strptime takes it. */
  format?: string;
}

/**
 * An expression for microseconds from a cell of text.
 * @param sample a cell of the file, which tells numbers from dates; null where there is none
 */
export function timeOfText(cell: string, sample: string | null, { unit, format }: TimeOptions): string {
  if (format) return `micros_in_range(epoch_us(try_strptime(${cell}, ${sqlText(format)})))`;
  if (unit) return `micros_in_range(round(try_cast(${cell} AS DECIMAL(38, 9)) * ${timeUnits[unit]})::BIGINT)`;
  if (sample === null || /^\s*\d+\s*$/.test(sample)) return `micros_of_number(try_cast(${cell} AS BIGINT))`;
  if (/^\s*\d+\.\d+\s*$/.test(sample)) return `micros_of_number(try_cast(${cell} AS DECIMAL(38, 9)))`;
  return `micros_in_range(epoch_us(try_cast(${cell} AS TIMESTAMPTZ)))`;
}

/**
 * The same from a column of a Parquet file.
 * @throws UserError when the column's type holds no times
 */
export function timeOfColumn(name: string, type: string, options: TimeOptions): string {
  if (type.startsWith('TIMESTAMP') || type === 'DATE') return `micros_in_range(epoch_us(${name}))`;
  if (type === 'VARCHAR') return timeOfText(name, '-', options);
  if (!/INT|DOUBLE|FLOAT|DECIMAL/.test(type))
    throw new UserError(`The column ${name} is of type ${type}, which holds no times.`, 'Map ts to another column.');
  if (options.unit) return `micros_in_range(round(${name} * ${timeUnits[options.unit]})::BIGINT)`;
  return `micros_of_number(${name})`;
}

/** @throws UserError for a unit that is none */
export function timeUnit(text: string): TimeUnit {
  if (Object.hasOwn(timeUnits, text)) return text as TimeUnit;
  throw new UserError(`${JSON.stringify(text)} is no unit of time here.`, 'Give s, ms, us or ns.');
}
