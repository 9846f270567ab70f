/** The columns of `ticks` that a row of an archive can fill; `received_at` only where the archive recorded it. */
export const tickColumns = {
  ts: 'BIGINT',
  symbol: 'VARCHAR',
  kind: 'VARCHAR',
  event_id: 'VARCHAR',
  price: 'DOUBLE',
  size: 'DOUBLE',
  side: 'VARCHAR',
  bid: 'DOUBLE',
  ask: 'DOUBLE',
  bid_size: 'DOUBLE',
  ask_size: 'DOUBLE',
  volume_24h: 'DOUBLE',
  high_24h: 'DOUBLE',
  low_24h: 'DOUBLE',
  received_at: 'BIGINT',
} as const;

export type TickColumn = keyof typeof tickColumns;

/** How the rows of one part become ticks, in the SQL of DuckDB. Times are microseconds. */
export interface RowReading {
  /** A relation of rows. */
  from: string;
  /** An expression for each column that the archive has. */
  columns: Partial<Record<TickColumn, string>>;
  /** An expression for the row as it came, as text. */
  raw: string;
  /** An expression that tells the row in the relation: where `raw` is costly, it is then made for refused rows alone. */
  rowNumber?: string;
  /** An expression for the unit of the row's time, of which a file may have but one: see `TimeReading`. */
  timeUnit?: string;
  /** An expression that is true for a row that people should know of, though it is taken. */
  remarked?: string;
  /** An expression for a reason to refuse the row that only the format knows; null where there is none. */
  refused?: string;
}

const book = ['bid', 'ask', 'bid_size', 'ask_size', 'volume_24h', 'high_24h', 'low_24h'] as const;

/** Whether the archive has any column beside those of trades. */
export function hasBook({ columns }: RowReading): boolean {
  return book.some((name) => columns[name] !== undefined);
}

/** The statement that lays the view `raw_ticks` over a relation: all columns, absent ones null. */
export function rawTicks({ from, columns, raw, rowNumber, refused, remarked }: RowReading): string {
  const selected = Object.entries(tickColumns).map(
    ([name, type]) => `CAST(${columns[name as TickColumn] ?? 'NULL'} AS ${type}) AS ${name}`,
  );
  selected.push(
    `CAST(${refused ?? 'NULL'} AS VARCHAR) AS refused`,
    `${rowNumber ? 'NULL::VARCHAR' : raw} AS raw`,
    `CAST(${rowNumber ?? 'NULL'} AS BIGINT) AS row_number`,
    `coalesce(${remarked ?? 'false'}, false) AS remarked`,
  );
  return `CREATE OR REPLACE TEMP VIEW raw_ticks AS SELECT ${selected.join(', ')} FROM ${from}`;
}

/** The statement that lays the view `surveyed_rows` over a relation: what a survey looks at, absent columns null. */
export function surveyedRows({ from, timeUnit, raw, rowNumber }: RowReading): string {
  const example = rowNumber ? `'row ' || (${rowNumber} + 1)` : raw;
  return `CREATE OR REPLACE TEMP VIEW surveyed_rows AS SELECT
    CAST(${timeUnit ?? 'NULL'} AS VARCHAR) AS time_unit, ${example} AS raw FROM ${from}`;
}

/** The statement that fills in `raw` where a relation has row numbers; undefined where it is there already. */
export function refusedRaw({ from, raw, rowNumber }: RowReading): string | undefined {
  if (!rowNumber) return undefined;
  return `UPDATE part SET raw = source.raw FROM (SELECT ${rowNumber} AS row_number, ${raw} AS raw FROM ${from}) AS source
    WHERE part.reason IS NOT NULL AND part.row_number = source.row_number`;
}

/** A text as a literal of SQL. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A column's name as SQL has it. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
