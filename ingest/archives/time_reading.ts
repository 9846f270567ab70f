import { UserError } from '#lib/errors.ts';
import { sqlText } from './tick_columns.ts';

export const timeUnits = ['s', 'ms', 'us', 'ns'] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** How times are written. Without both, a number tells its unit by its size, and a text is ISO 8601, UTC where it has no zone. */
export interface TimeOptions {
  unit?: TimeUnit;
  /** Such as `%d/%m/%Y %H:%M:%S.%f`, as DuckDB's strptime takes it. */
  format?: string;
}

/** Expressions for a column of times. What is finer than microseconds is cut off, nothing is rounded. */
export interface TimeReading {
  /** Microseconds; null where unreadable, -1 where out of range. */
  micros: string;
  /** The unit that the row shows: `s`, `ms`, `us`, `ns`, `text`, or null. Undefined where the unit is known beforehand. */
  unit?: string;
}

/**
 * @param cell an expression for text without blanks around it
 * @param whole the name of a column with `whole_of(cell)`, where the relation has one. Without it, the macros repeat the
 *   expression so often that making a plan of a statement takes longer than reading a small file.
 */
export function timeOfText(cell: string, { unit, format }: TimeOptions, whole = `whole_of(${cell})`): TimeReading {
  if (format) return { micros: `micros_in_range(epoch_us(try_strptime(${cell}, ${sqlText(format)})))` };
  const number = (of: string) => `micros_of(${whole}, split_part(${cell}, '.', 2), ${of})`;
  if (unit) return { micros: number(sqlText(unit)) };
  return {
    micros: `CASE WHEN ${whole} IS NULL THEN micros_of_text(${cell}) ELSE ${number(`time_unit(${whole})`)} END`,
    unit: `coalesce(time_unit(${whole}), CASE WHEN ${cell} LIKE '____-%' OR ${cell} LIKE '____/%' THEN 'text' END)`,
  };
}

/**
 * The same from a column of a Parquet file.
 * @throws UserError when the column's type holds no times
 */
export function timeOfColumn(name: string, type: string, options: TimeOptions): TimeReading {
  if (type.startsWith('TIMESTAMP') || type === 'DATE') return { micros: `micros_in_range(epoch_us(${name}))` };
  if (type === 'VARCHAR') return timeOfText(`trimmed(${name})`, options);
  if (/^U?(BIG|HUGE|)INT/.test(type) || type === 'INTEGER' || type === 'UINTEGER') {
    const whole = `try_cast(${name} AS BIGINT)`;
    const micros = (unit: string) => `micros_of(${whole}, '', ${unit})`;
    if (options.unit) return { micros: micros(sqlText(options.unit)) };
    return { micros: micros(`time_unit(${whole})`), unit: `time_unit(${whole})` };
  }
  // The shortest text of a double has the decimals that were written; its binary value lies beside them.
  if (type === 'DOUBLE' || type.startsWith('DECIMAL'))
    return timeOfText(`${name}::VARCHAR`, { unit: options.unit, format: undefined });
  throw new UserError(`The column ${name} is of type ${type}, which holds no times.`, 'Map ts to another column.');
}

/** @throws UserError for a unit that is none */
export function timeUnit(text: string): TimeUnit {
  const unit = timeUnits.find((each) => each === text);
  if (!unit) throw new UserError(`${JSON.stringify(text)} is no unit of time here.`, 'Give s, ms, us or ns.');
  return unit;
}
