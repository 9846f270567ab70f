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
  seq: 'BIGINT',
  received_at: 'BIGINT',
} as const;

export type TickColumn = keyof typeof tickColumns;

/** How the rows of one part are read, whatever they become, in the SQL of DuckDB. Times are microseconds. */
export interface Reading<Column extends string> {
  /** A relation of rows. */
  from: string;
  /** An expression for each column that the archive has. */
  columns: Partial<Record<Column, string>>;
  /** An expression for the row as it came, as text. */
  raw: string;
  /** An expression that tells the row in the relation: where `raw` is costly, it is then made for refused rows alone. */
  rowNumber?: string;
  /** An expression for the name of the instrument as the file has it; it takes the place of the column `symbol`. */
  name?: string;
  /** Prices are of 10^`power` coins, where there is no `name` to say it. */
  power?: number;
  /** An expression for the unit of the row's time, of which a file may have but one: see `TimeReading`. */
  timeUnit?: string;
  /** An expression for a reason to refuse the row that only the format knows; null where there is none. */
  refused?: string;
}

/** How the rows of one part become ticks. */
export interface RowReading extends Reading<TickColumn> {
  /** An expression that is true for a row that people should know of, though it is taken. */
  remarked?: string;
}

const book = ['bid', 'ask', 'bid_size', 'ask_size', 'volume_24h', 'high_24h', 'low_24h'] as const;

/** Whether the archive has any column beside those of trades. */
export function hasBook({ columns }: RowReading): boolean {
  return book.some((name) => columns[name] !== undefined);
}

/** The statement that lays the view `raw_ticks` over a relation: all columns, absent ones null. */
export function rawTicks(reading: RowReading): string {
  const more = `coalesce(${reading.remarked ?? 'false'}, false) AS remarked`;
  // Rows that do not state their place in the order of arrival have that of their line.
  const seq = reading.columns.seq ? `try_cast(${reading.columns.seq} AS BIGINT)` : 'row_number() OVER ()';
  const ordered = { ...reading, columns: { ...reading.columns, seq } };
  return `CREATE OR REPLACE TEMP VIEW raw_ticks AS SELECT ${selected(ordered, tickColumns)}, ${more} FROM ${reading.from}`;
}

/** What stands for prices and sizes of one coin, where the file has them of a thousand. */
const pricesOfCoin = new Set(['price', 'bid', 'ask', 'high_24h', 'low_24h', 'open', 'high', 'low', 'close']);
const sizesInCoin = new Set(['size', 'bid_size', 'ask_size', 'volume_24h', 'volume', 'taker_buy_volume']);

/** The columns of a view, each of its type, and the row as it came. */
export function selected<Column extends string>(
  { columns, refused, raw, rowNumber, name, power = 0 }: Reading<Column>,
  types: Readonly<Record<Column, string>>,
): string {
  // The survey has told which pair each name means.
  const pair = `getvariable('pairs')[enum_code(try_cast(${name} AS pair_name)) + 1]`;
  const scale = name === undefined ? String(power) : `${pair}.power`;
  const scaled = (column: Column, value: string) => {
    if (scale === '0' || !(pricesOfCoin.has(column) || sizesInCoin.has(column))) return value;
    const shift = pricesOfCoin.has(column) ? `-(${scale})` : scale;
    return `CASE WHEN coalesce(${scale}, 0) = 0 THEN ${value} ELSE shifted((${value})::VARCHAR, ${shift}) END`;
  };
  const expressions = (Object.keys(types) as Column[]).map((column) => {
    const value = column === 'symbol' && name !== undefined ? `${pair}.symbol` : columns[column];
    return `CAST(${value === undefined ? 'NULL' : scaled(column, value)} AS ${types[column]}) AS ${column}`;
  });
  return [
    ...expressions,
    `CAST(${refused ?? 'NULL'} AS VARCHAR) AS refused`,
    `${rowNumber ? 'NULL::VARCHAR' : raw} AS raw`,
    `CAST(${rowNumber ?? 'NULL'} AS BIGINT) AS row_number`,
  ].join(', ');
}

/** What a survey needs of a reading: of candles, and of ticks whose order is to be known, the times too. */
export type Surveyed = Omit<Reading<string>, 'columns'> & { columns?: { ts?: string; symbol?: string } };

/** The statement that lays the view `surveyed_rows` over a relation: what a survey looks at, absent columns null. */
export function surveyedRows({ from, columns, name, timeUnit, raw, rowNumber }: Surveyed): string {
  const example = rowNumber ? `'row ' || (${rowNumber} + 1)` : raw;
  return `CREATE OR REPLACE TEMP VIEW surveyed_rows AS SELECT
    CAST(${name ?? 'NULL'} AS VARCHAR) AS name,
    CAST(${(name === undefined && columns?.symbol) || 'NULL'} AS VARCHAR) AS symbol,
    CAST(${timeUnit ?? 'NULL'} AS VARCHAR) AS time_unit,
    CAST(${columns?.ts ?? 'NULL'} AS BIGINT) AS ts, ${example} AS raw FROM ${from}`;
}

/** The statement that fills in `raw` where a relation has row numbers; undefined where it is there already. */
export function refusedRaw({ from, raw, rowNumber }: Reading<string>, table = 'part'): string | undefined {
  if (!rowNumber) return undefined;
  return `UPDATE ${table} SET raw = source.raw FROM (SELECT ${rowNumber} AS row_number, ${raw} AS raw FROM ${from}) AS source
    WHERE ${table}.reason IS NOT NULL AND ${table}.row_number = source.row_number`;
}

/** A text as a literal of SQL. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A column's name as SQL has it. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
