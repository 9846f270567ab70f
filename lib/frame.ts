import { createHash } from 'node:crypto';

/**
 * A table in memory, by column: row i is bar `ts[i]` of symbol `symbols[symbolOf[i]]`. Rows are ordered by time, then by
 * symbol. Values are finite; who makes a frame excludes the other rows and says which.
 */
export interface Frame {
  rows: number;
  /** Bar-open times in microseconds, ascending; equal for the symbols of one bar. */
  ts: Float64Array;
  symbols: string[];
  symbolOf: Uint16Array;
  columns: Map<string, Float64Array>;
}

/** The column, or an error that names what there is. */
export function column(frame: Frame, name: string): Float64Array {
  const values = frame.columns.get(name);
  if (!values) throw new RangeError(`the frame has no column ${name}; it has ${[...frame.columns.keys()].join(', ')}`);
  return values;
}

/** The rows of a frame at these positions, in their order. */
export function pick(frame: Frame, rows: Uint32Array): Frame {
  const take = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]);
  return {
    rows: rows.length,
    ts: take(frame.ts),
    symbols: frame.symbols,
    symbolOf: Uint16Array.from(rows, (row) => frame.symbolOf[row]),
    columns: new Map([...frame.columns].map(([name, values]) => [name, take(values)])),
  };
}

/** SHA-256 over names, symbols and values: the same data has the same digest, however it was stored or sent. */
export function digest(frame: Frame): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([frame.rows, frame.symbols, [...frame.columns.keys()]]));
  for (const values of [frame.ts, frame.symbolOf, ...frame.columns.values()]) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
