import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type Frame, pick } from '#lib/frame.ts';
import type { QuestDb } from './database.ts';

/**
 * Writes the answer to a query into a Parquet file. QuestDB allows two such exports at a time and answers a third with
 * 429, which is waited out.
 * @throws UserError when the query fails, or the server stays busy for a minute
 */
export async function exportParquet(db: QuestDb, query: string, file: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const response = await db.http(
      `/exp?${new URLSearchParams({ query, fmt: 'parquet', compression_codec: 'lz4_raw' })}`,
    );
    const body = Buffer.from(await response.arrayBuffer());
    if (response.ok) {
      // QuestDB reports some errors with status 200 and a JSON body.
      if (body.subarray(0, 4).toString() !== 'PAR1')
        throw new UserError(
          `QuestDB did not export Parquet: ${body.subarray(0, 300).toString()}.`,
          'Is it version 9.3 or newer?',
        );
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, body);
      renameSync(`${file}.new`, file);
      return;
    }
    if (response.status !== 429 || Date.now() > deadline)
      throw new UserError(
        `QuestDB could not export a frame: ${response.status} ${body.subarray(0, 300).toString()}.`,
        'Look at its log.',
      );
    await sleep(100 + Math.random() * 200);
  }
}

/** Rows of a Parquet file that could not enter a frame, by the column that had no finite number there. */
export type Excluded = Map<string, number>;

/**
 * Reads a Parquet file with the columns `ts` and `symbol`, every other column as numbers.
 * @returns the rows in which all columns are finite, ordered by time and symbol, and the count of the others
 */
export async function readFrame(file: string): Promise<{ frame: Frame; excluded: Excluded }> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const result = await connection.run(
      `SELECT epoch_us(ts)::DOUBLE AS ts, symbol::VARCHAR AS symbol, COLUMNS(* EXCLUDE (ts, symbol))::DOUBLE
       FROM read_parquet($file) ORDER BY 1, 2`,
      { file },
    );
    const names = result.columnNames();
    const chunks = await result.fetchAllChunks();
    const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
    const symbolNames: string[] = [];
    const indexOf = new Map<string, number>();
    const symbolOf = new Uint16Array(rows);
    const columns = new Map(names.filter((name) => name !== 'symbol').map((name) => [name, new Float64Array(rows)]));
    let offset = 0;
    for (const chunk of chunks) {
      for (const [position, name] of names.entries()) {
        const vector = chunk.getColumnVector(position);
        const values = columns.get(name);
        for (let row = 0; row < chunk.rowCount; row++) {
          const value = vector.getItem(row);
          if (values) {
            values[offset + row] = value === null ? Number.NaN : (value as number);
            continue;
          }
          let index = indexOf.get(value as string);
          if (index === undefined) {
            index = symbolNames.push(value as string) - 1;
            indexOf.set(value as string, index);
          }
          symbolOf[offset + row] = index;
        }
      }
      offset += chunk.rowCount;
    }
    const ts = columns.get('ts')!;
    columns.delete('ts');
    return finiteRows({ rows, ts, symbols: symbolNames, symbolOf, columns });
  } catch (cause) {
    throw new UserError(`The frame ${file} could not be read: ${reasonOf(cause)}.`, 'Remove it and fetch it again.', {
      cause,
    });
  } finally {
    instance.closeSync();
  }
}

function finiteRows(frame: Frame): { frame: Frame; excluded: Excluded } {
  const excluded: Excluded = new Map();
  const bad = new Uint8Array(frame.rows);
  for (const [name, values] of frame.columns) {
    for (let row = 0; row < frame.rows; row++) {
      if (Number.isFinite(values[row]) || bad[row] === 1) continue;
      bad[row] = 1;
      excluded.set(name, (excluded.get(name) ?? 0) + 1);
    }
  }
  if (excluded.size === 0) return { frame, excluded };
  const keep = Uint32Array.from({ length: frame.rows }, (_, row) => row).filter((row) => bad[row] === 0);
  return { frame: pick(frame, keep), excluded };
}
