import { type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type Exclusion, type Frame, finiteRows } from '#lib/frame.ts';
import type { QuestDb } from './database.ts';
import { exportQuery } from './export.ts';

/** Writes the answer to a query into a Parquet file, see `exportQuery`. */
export async function exportParquet(db: QuestDb, query: string, file: string): Promise<void> {
  await exportQuery(db, query, file, 'parquet');
}

/**
 * Reads a Parquet file with the columns `ts` and `symbol`, every other column as numbers.
 * @returns the rows in which all columns are finite, ordered by time and symbol, and the count of the others
 */
export async function readFrame(file: string): Promise<{ frame: Frame; excluded: Exclusion[] }> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    // NaN in the place of null: the column is then its plain values, see copyColumn.
    const result = await connection.run(
      `SELECT symbol::VARCHAR AS symbol, epoch_us(ts)::DOUBLE AS ts,
         coalesce(COLUMNS(* EXCLUDE (ts, symbol))::DOUBLE, 'nan'::DOUBLE)
       FROM read_parquet($file) ORDER BY 2, 1`,
      { file },
    );
    const names = result.columnNames();
    return finiteRows(frameOf(names, await result.fetchAllChunks()));
  } catch (cause) {
    throw new UserError(`The frame ${file} could not be read: ${reasonOf(cause)}.`, 'Remove it and fetch it again.', {
      cause,
    });
  } finally {
    instance.closeSync();
  }
}

/** @param names of the columns of the chunks: symbol, ts, then what becomes the frame's columns */
function frameOf(names: readonly string[], chunks: readonly DuckDBDataChunk[]): Frame {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const symbolOf = new Uint16Array(rows);
  const indexOf = new Map<string, number>();
  const numbers = names.slice(1).map(() => new Float64Array(rows));
  let offset = 0;
  for (const chunk of chunks) {
    for (const [row, symbol] of chunk.getColumnValues(0).entries()) {
      const known = indexOf.get(symbol as string);
      symbolOf[offset + row] = known ?? indexOf.size;
      if (known === undefined) indexOf.set(symbol as string, indexOf.size);
    }
    for (const [position, values] of numbers.entries()) copyColumn(chunk, position + 1, values, offset);
    offset += chunk.rowCount;
  }
  const [ts, ...values] = numbers;
  return {
    ...{ rows, ts, symbols: [...indexOf.keys()], symbolOf },
    columns: new Map(values.map((column, i) => [names[i + 2], column])),
  };
}

/**
 * Copies a column of doubles without nulls as one piece of memory. Value by value, with the test for null of each, a
 * frame takes five times as long.
 */
function copyColumn(chunk: DuckDBDataChunk, column: number, into: Float64Array, offset: number): void {
  const bytes = duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * 8);
  into.set(new Float64Array(bytes.buffer, bytes.byteOffset, chunk.rowCount), offset);
}
