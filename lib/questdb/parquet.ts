import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type Exclusion, type Frame, FrameHash, finiteRows } from '#lib/frame.ts';
import type { QuestDb } from './database.ts';
import { exportQuery, plainParquet } from './export.ts';
import { FileBytes } from './parquet/file_bytes.ts';
import { layoutOf } from './parquet/layout.ts';
import type { Head, Opened } from './parquet/opened.ts';
import { openPlain } from './parquet/plain_file.ts';

/**
 * Writes the answer to a query into a Parquet file, see `exportQuery`. Seldom QuestDB 9.3.4 answers with no rows although there
 * are some: one read in a thousand, soon after the first rows of a symbol were written while others wrote too. The next read
 * has them. So an empty answer is asked for once more before it is believed.
 */
export async function exportParquet(db: QuestDb, query: string, file: string): Promise<void> {
  await exportQuery(db, query, file, plainParquet);
  const written = new FileBytes(file);
  try {
    if (layoutOf(written)?.rows !== 0) return;
  } finally {
    written.close();
  }
  await exportQuery(db, query, file, plainParquet);
}

/**
 * Reads a Parquet file with the columns `ts` and `symbol`, every other column as numbers.
 * @param shared whether the numbers are to lie in memory that threads can share
 * @returns the rows in which all columns are finite, ordered by time and symbol, and the count of the others
 */
export function readFrame(file: string, shared = false): Promise<{ frame: Frame; excluded: Exclusion[] }> {
  return reading(file, async ({ head, columns }) => {
    const { rows, names } = head;
    const of = (bytes: number) => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
    const values = names.map(() => new Float64Array(of(rows * 8)));
    await columns((index) => values[index]);
    const ts = new Float64Array(of(rows * 8));
    ts.set(head.ts);
    const symbolOf = new Uint16Array(of(rows * 2));
    symbolOf.set(head.symbolOf);
    const frame = {
      rows,
      ts,
      symbols: head.symbols,
      symbolOf,
      columns: new Map(names.map((name, i) => [name, values[i]])),
    };
    return finiteRows(frame);
  });
}

/**
 * The digest that the frame of a file has, see `digest`, with no more than a few columns in memory at a time.
 * @returns undefined where the file has rows that would not be in the frame
 */
export function digestOfFile(file: string): Promise<string | undefined> {
  return reading(file, async ({ head, atATime, columns }) => {
    const hash = new FrameHash(head, head.names);
    const buffers = Array.from({ length: atATime }, () => new Float64Array(head.rows));
    let finite = true;
    await columns(
      (index) => buffers[index % atATime],
      (values) => {
        finite &&= values.every(Number.isFinite);
        hash.add(values);
      },
    );
    return finite ? hash.end() : undefined;
  });
}

/** Of a large file: a query keeps the columns that it reads in memory, and each query reads the file's index again. */
const columnsAtATime = 8;

/** Rows of a file from which on its columns are read by and by. */
const largeRows = 20_000;

/** Reads what QuestDB wrote plainly as it lies there; any other file, as those of before, by DuckDB. */
async function reading<T>(file: string, work: (opened: Opened) => Promise<T>): Promise<T> {
  try {
    const plain = openPlain(file);
    if (!plain) return await readingByDuckDb(file, work);
    try {
      return await work(plain);
    } finally {
      plain.close();
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`The frame ${file} could not be read: ${reasonOf(cause)}.`, 'Remove it and fetch it again.', {
      cause,
    });
  }
}

async function readingByDuckDb<T>(file: string, work: (opened: Opened) => Promise<T>): Promise<T> {
  // One thread: several would each hold a piece of the file, and their pieces would wait for their turn in memory.
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', enable_external_file_cache: 'false' });
  try {
    const connection = await instance.connect();
    const { head, rank } = await readHead(connection, file);
    const atATime = head.rows < largeRows ? head.names.length : columnsAtATime;
    return await work({
      ...{ head, atATime },
      columns: async (into, done = () => {}) => {
        for (let first = 0; first < head.names.length; first += atATime) {
          const names = head.names.slice(first, first + atATime);
          const values = names.map((_, i) => into(first + i));
          await readColumns(connection, file, names, values, rank);
          for (const each of values) done(each);
        }
      },
    });
  } finally {
    instance.closeSync();
  }
}

/** Times and symbols in the order of a frame, and the place in it of each row of the file. */
async function readHead(connection: DuckDBConnection, file: string): Promise<{ head: Head; rank: Uint32Array }> {
  const described = await connection.run('SELECT * EXCLUDE (ts, symbol) FROM read_parquet($file) LIMIT 0', { file });
  const result = await connection.run(
    `SELECT symbol::VARCHAR, epoch_us(ts)::DOUBLE, file_row_number::DOUBLE
     FROM read_parquet($file, file_row_number = true) ORDER BY 2, 1`,
    { file },
  );
  const chunks = await result.fetchAllChunks();
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const [ts, rank] = [new Float64Array(rows), new Uint32Array(rows)];
  const symbolOf = new Uint16Array(rows);
  const indexOf = new Map<string, number>();
  let offset = 0;
  for (const chunk of chunks) {
    for (const [row, symbol] of chunk.getColumnValues(0).entries()) {
      const known = indexOf.get(symbol as string);
      symbolOf[offset + row] = known ?? indexOf.size;
      if (known === undefined) indexOf.set(symbol as string, indexOf.size);
    }
    ts.set(numbersOf(chunk, 1), offset);
    for (const [row, place] of numbersOf(chunk, 2).entries()) rank[place] = offset + row;
    offset += chunk.rowCount;
  }
  return { head: { rows, ts, symbols: [...indexOf.keys()], symbolOf, names: described.columnNames() }, rank };
}

async function readColumns(
  connection: DuckDBConnection,
  file: string,
  names: readonly string[],
  values: readonly Float64Array[],
  rank: Uint32Array,
): Promise<void> {
  // NaN in the place of null: the column is then its plain values, see numbersOf.
  const columns = names.map((name) => `coalesce("${name.replaceAll('"', '""')}"::DOUBLE, 'nan'::DOUBLE)`);
  const result = await connection.stream(`SELECT ${columns.join(', ')} FROM read_parquet($file)`, { file });
  let offset = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [position, into] of values.entries()) {
      const numbers = numbersOf(chunk, position);
      for (let row = 0; row < numbers.length; row++) into[rank[offset + row]] = numbers[row];
    }
    offset += chunk.rowCount;
  }
  if (offset !== rank.length) throw new RangeError(`${offset} of its ${rank.length} rows came`);
}

/**
 * A column of doubles without nulls as one piece of memory, which is the chunk's. Value by value, with the test for null of
 * each, a frame takes five times as long.
 */
function numbersOf(chunk: DuckDBDataChunk, column: number): Float64Array {
  const bytes = duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * 8);
  return new Float64Array(bytes.buffer, bytes.byteOffset, chunk.rowCount);
}
