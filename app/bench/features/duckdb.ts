import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { median } from '#app/bench/median.ts';
import type { PeerRequest, PeerRun } from './python_peer.ts';

const statement = readFileSync(fileURLToPath(new URL('./peers/duckdb.sql', import.meta.url)), 'utf8');

/** Computes the features of the list that DuckDB's windows can say, from a table in memory into another. */
export async function runDuckDb(request: PeerRequest): Promise<PeerRun> {
  const file = join(request.directory, 'duckdb.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    await connection.run(
      'CREATE TABLE candles AS SELECT * REPLACE (symbol::VARCHAR AS symbol) FROM read_parquet($candles)',
      { candles: request.candles },
    );
    const [seconds, cpuSeconds]: number[][] = [[], []];
    for (let run = 0; run <= request.runs; run++) {
      const cpuBegan = process.cpuUsage();
      const began = performance.now();
      await connection.run(`CREATE OR REPLACE TABLE features AS ${statement}`);
      seconds.push((performance.now() - began) / 1_000);
      const { user, system } = process.cpuUsage(cpuBegan);
      cpuSeconds.push((user + system) / 1e6);
    }
    await connection.run(
      `COPY (
         SELECT * FROM features
         QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY ts DESC) <= ${request.newest}
       ) TO '${file}'`,
    );
    const { columns, version } = await describe(connection);
    return {
      ...{ library: 'duckdb', file },
      name: `DuckDB ${version}, in memory, all threads, ${columns} of the features`,
      seconds: median(seconds.slice(1)),
      cpuSeconds: median(cpuSeconds.slice(1)),
    };
  } finally {
    instance.closeSync();
  }
}

async function describe(connection: Awaited<ReturnType<DuckDBInstance['connect']>>) {
  const reader = await connection.runAndReadAll(
    `SELECT count(*) - 2, version() FROM duckdb_columns() WHERE table_name = 'features'`,
  );
  const [columns, version] = reader.getRows()[0];
  return { columns: Number(columns), version: String(version) };
}
