import { DuckDBInstance } from '@duckdb/node-api';

export interface PeerComparison {
  /** Rows that were compared: all that are stored. */
  rows: number;
  columns: { name: string; disagreeing: number }[];
}

/** Relative to the value, or to the mean size of the values of its column and symbol where it is smaller than that. */
const tolerance = 1e-6;

/**
 * Compares the values of two Parquet files row by row, for the columns of the second. A row that a file lacks, or a value
 * that is null or no number, agrees with nothing.
 */
export async function compareWithPeer(stored: string, peer: string): Promise<PeerComparison> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const table = (name: string, file: string) =>
      connection.run(
        `CREATE TABLE ${name} AS
         SELECT epoch_us(ts) AS ts, symbol::VARCHAR AS symbol, COLUMNS(* EXCLUDE (ts, symbol))::DOUBLE FROM read_parquet($file)`,
        { file },
      );
    await table('ours', stored);
    await table('theirs', peer);
    const listed = await connection.runAndReadAll(
      `SELECT column_name FROM duckdb_columns() WHERE table_name = 'theirs' AND column_name NOT IN ('ts', 'symbol')`,
    );
    const names = listed.getRows().map(([name]) => String(name));
    const means = names.map((name) => `avg(abs("${name}")) AS "${name}"`);
    const counts = names.map(
      (name) =>
        `count(*) FILTER (abs(o."${name}" - t."${name}") <= ${tolerance} * greatest(abs(o."${name}"), m."${name}"))`,
    );
    const compared = await connection.runAndReadAll(
      `SELECT count(*), ${counts.join(', ')}
       FROM ours o
       JOIN (SELECT symbol, ${means.join(', ')} FROM ours GROUP BY symbol) m ON m.symbol = o.symbol
       LEFT JOIN theirs t ON t.ts = o.ts AND t.symbol = o.symbol`,
    );
    const [rows, ...agreeing] = compared.getRows()[0].map(Number);
    return { rows, columns: names.map((name, i) => ({ name, disagreeing: rows - agreeing[i] })) };
  } finally {
    instance.closeSync();
  }
}
