import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { ownVenue } from '#features/testing/stored_market.ts';

const directory = mkdtempSync(join(tmpdir(), 'tickforest-only-refused-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const contracts = join(directory, 'contracts.json');
writeFileSync(contracts, '{"BTC-USDT": "0.001"}');

const text = (content: string) => (path: string) => writeFileSync(path, content);

async function parquet(path: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    `COPY (SELECT epoch_ms(1772359200000) ts, 'BTC-USDT' symbol, -1.0 price, 1.0 size) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
}

function sqlite(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(
    'CREATE TABLE ticks (id INTEGER, ts_ms INTEGER, ts_iso TEXT, symbol TEXT, price REAL, source TEXT, raw_json TEXT)',
  );
  database.exec(`INSERT INTO ticks VALUES (1, 1772359200000, '2026-03-01T10:00:00Z', 'BTC-USDT', -1, 'ws', 'no json')`);
  database.close();
}

// One row each, of a price that there cannot be.
describe('an import of which every row is refused', () => {
  it.each([
    ['candles-csv', 'BTC-USDT.csv', text('time,open,high,low,close,volume\n1772359200,-1,-1,-1,-1,1\n'), ['--venue']],
    [
      'binance-klines',
      'BTCUSDT-1m-2024-08.csv',
      text('1722470400000,-1,-1,-1,-1,1,1722470459999,1,1,1,1,0\n'),
      ['--venue'],
    ],
    ['binance-trades', 'BTCUSDT-trades-2024-08-01.csv', text('1,-1,1,1,1722470400000,true,true\n'), ['--venue']],
    ['binance-agg-trades', 'BTCUSDT-aggTrades-2024-08-01.csv', text('1,-1,1,1,1,1722470400000,true\n'), ['--venue']],
    ['ticks-csv', 'BTC-USDT.csv', text('ts,price,size\n1772359200,-1,1\n'), ['--map', 'symbol=BTC-USDT', '--venue']],
    ['parquet', 'ticks.parquet', parquet, ['--venue']],
    ['frames', 'frames.jsonl', text('{"arg":{"channel":"trades"},"da\n'), ['--contracts', contracts, '--venue']],
    ['sqlite', 'ticks.db', sqlite, []],
  ] as const)('%s exits with 1 and says why', async (format, name, write, options) => {
    const path = join(directory, name);
    await write(path);
    const venue = options.at(-1) === '--venue' ? [ownVenue()] : [];
    const servers = sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, join(directory, 'data'));
    const { code, stderr } = await runCli(['import', format, path, ...options, ...venue], servers);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/Of 1 rows? in .*, 0 were taken; 1 were refused because of/),
    ]);
  });
});
