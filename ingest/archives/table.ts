import type { Reading } from './tick_columns.ts';
import type { FilePart } from './tick_file.ts';
import type { TimeOptions, TimeReading } from './time_reading.ts';

/** How a file with a table is to be read. */
export interface TableOptions {
  /** Names of the columns, in their order, of a file that may have no header. */
  columns?: readonly string[];
  /** Numbers have a decimal comma, and no points. */
  decimalComma?: boolean;
}

/** A table in a file, however it is written down: its columns, and expressions for a cell of each in the SQL of DuckDB. */
export interface Table {
  path: string;
  columns: readonly string[];
  /** Text without blanks around it; empty or null where absent. */
  text(column: string): string;
  /** A double: null where absent, NaN where unreadable. */
  number(column: string): string;
  /** @throws UserError when the column holds no times by its type */
  time(column: string, options: TimeOptions): TimeReading;
  /** What else decides how it is read. */
  identity: unknown;
  /**
   * The parts from a position on, in a fixed order.
   * @param used the columns that are read
   * @param scratch a folder for files in between
   * @param bytes text in one part
   */
  parts(used: readonly string[], scratch: string, from: number, bytes: number): AsyncIterable<TablePart>;
}

/** A part of a table: rows, and what a reading of them begins with. */
export interface TablePart extends Omit<FilePart, 'reading'> {
  relation: Pick<Reading<string>, 'from' | 'raw' | 'rowNumber' | 'refused'>;
}
