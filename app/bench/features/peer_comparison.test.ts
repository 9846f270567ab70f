import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareWithPeer } from './peer_comparison.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-agreement-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Rows of minute, symbol, and the features a and b. */
async function parquet(name: string, rows: string[]): Promise<string> {
  const file = join(directory, `${name}.parquet`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT make_timestamp(m * 60000000) AS ts, s AS symbol, a, b FROM (VALUES ${rows.join(', ')}) t(m, s, a, b)) TO '${file}'`,
  );
  instance.closeSync();
  return file;
}

describe('columns agree with the stored ones', () => {
  const stored = ["(1, 'A', 100.0, 1.0)", "(2, 'A', 100.0, 0.0)", "(1, 'B', 1e-6, 2.0)", "(2, 'B', 1e-6, 3.0)"];

  it('when every row is within 1e-6 of the value, by symbol and not of a larger one of another symbol', async () => {
    const near = [
      "(1, 'A', 100.00005, 1.0)",
      "(2, 'A', 100.0, 3e-7)",
      "(1, 'B', 1e-6, 2.0)",
      "(2, 'B', 1.00001e-6, 3.0)",
    ];
    const found = await compareWithPeer(await parquet('stored', stored), await parquet('near', near));
    expect(found).toEqual({
      rows: 4,
      columns: [
        { name: 'a', disagreeing: 1 },
        { name: 'b', disagreeing: 0 },
      ],
    });
  });

  it('and a missing row, a null and no number are no agreement', async () => {
    const lacking = ["(1, 'A', NULL, 1.0)", "(2, 'A', 100.0, 'nan'::DOUBLE)", "(1, 'B', 1e-6, 2.0)"];
    const found = await compareWithPeer(await parquet('stored', stored), await parquet('lacking', lacking));
    expect(found.columns.map(({ disagreeing }) => disagreeing)).toEqual([2, 2]);
  });
});
