import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';

/** Each file has its days to itself, so that none is merged into what another import has stored. */
export const rows = 2_000_000;

/**
 * Files of the recorded candles and quotes, repeated with times moved on: prices and sizes are real, and as many digits
 * long as real ones.
 * @param recordings a directory of recordings
 */
export async function writeImportFiles(recordings: string, directory: string) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = {
    csv: join(directory, 'BTCUSDT-aggTrades-2021-03-01.csv'),
    parquet: join(directory, 'ETH-USDT.parquet'),
    sqlite: join(directory, 'ticks.db'),
  };
  try {
    await connection.run(`
      CREATE TABLE recorded AS
      SELECT row_number() OVER () - 1 AS number, close AS price, greatest(volume, 0.001) AS size
      FROM read_csv('${join(recordings, 'candles-1m', 'BTC-USDT.csv.gz')}');
      CREATE TABLE repeated AS
      SELECT i, price, size, i % 3 = 0 AS sold
      FROM (SELECT i, i % (SELECT count(*) FROM recorded) AS place FROM range(${rows}) numbers(i))
      JOIN recorded ON number = place
      ORDER BY i`);
    const at = (day: string) => `epoch_ms(TIMESTAMP '${day}') + i * 43`;
    await connection.run(`
      COPY (SELECT 900000000 + i AS agg_trade_id, price, size AS quantity, 2 * i AS first_trade_id,
        2 * i + 1 AS last_trade_id, ${at('2021-03-01')} AS transact_time, sold AS is_buyer_maker FROM repeated)
      TO '${files.csv}' (HEADER);
      COPY (SELECT make_timestamp((${at('2021-03-03')}) * 1000) AS ts, 'ETH-USDT' AS symbol, 'trade' AS kind,
        (900000000 + i)::VARCHAR AS event_id, price, size, CASE WHEN sold THEN 'sell' ELSE 'buy' END AS side FROM repeated)
      TO '${files.parquet}' (FORMAT parquet)`);
    const tickers = await connection.runAndReadAll('SELECT price, size FROM repeated LIMIT 20000');
    writeDatabase(
      files.sqlite,
      tickers.getRows().map(([price, size]) => [Number(price), Number(size)]),
    );
  } finally {
    instance.closeSync();
  }
  return files;
}

/** The older layout, both forms of its JSON in turn. */
function writeDatabase(path: string, recorded: [number, number][]): void {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = off;
    PRAGMA synchronous = off;
    CREATE TABLE ticks (
      id INTEGER PRIMARY KEY, ts_ms INTEGER, ts_iso TEXT, symbol TEXT, price REAL, source TEXT, raw_json TEXT
    );
    BEGIN`);
  const insert = database.prepare('INSERT INTO ticks VALUES (?, ?, ?, ?, ?, ?, ?)');
  const start = Date.UTC(2021, 2, 5);
  for (let i = 0; i < rows; i++) {
    const [price, size] = recorded[i % recorded.length];
    const at = start + Math.floor(i / 36) * 1_000;
    const symbol = `C${i % 36}-USDT`;
    const ticker = `{"instId":"${symbol}","last":"${price}","lastSize":"${size}","askPrice":"${price + 0.1}","askSize":"2504","bidPrice":"${price}","bidSize":"4310","high24h":"${price + 900}","open24h":"${price}","low24h":"${price - 900}","volCurrency24h":"1166.606","vol24h":"1166606","ts":"${at}"}`;
    const raw = i % 2 ? ticker : `{"arg":{"channel":"tickers","instId":"${symbol}"},"data":[${ticker}]}`;
    insert.run(i + 1, at, new Date(at).toISOString(), symbol, price, 'ws', raw);
  }
  database.exec('COMMIT');
  database.close();
}
