import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { binanceKlines } from '#ingest/archives/binance_klines.ts';
import { zipOf } from '#ingest/archives/fixtures/zip.ts';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import { silent } from '#lib/log.ts';
import { importCandles } from './candles.ts';
import { Imports } from './fixtures/imports.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

const start = Date.UTC(2025, 0, 5);
const header =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';
const line = (minute: number, unit: number) =>
  [(start + minute * 60_000) * unit, '0.0021', '0.0023', '0.0020', '0.0022', 7, 0, '0.0154', 3, 2, 0, 0].join(',');

function run(path: string) {
  const { db, dataDir, venue } = imports;
  const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
  return withCloseClient({ queues, db, dataDir, log: silent, concurrency: 1 }, (closeClient) =>
    importCandles(
      { db, closeClient, config: { dataDir } },
      { paths: [path], venue, open: (each) => binanceKlines(each, venue) },
    ),
  );
}

const bars = () =>
  imports.rows('symbol, open, high, low, close, volume, quote_volume, source, complete', 'order by ts', 'candles_1m');
const bar = {
  ...{ symbol: 'PEPE-USDT', open: 0.0000021, high: 0.0000023, low: 0.000002, close: 0.0000022 },
  ...{ volume: 7_000, quote_volume: 0.0154, source: 'archive', complete: true },
};

it.each([
  ['a header and milliseconds', 1, true],
  ['neither header nor milliseconds', 1_000, false],
])('reads klines with %s, of a multiplied contract', async (_, unit, hasHeader) => {
  const lines = [...(hasHeader ? [header] : []), line(0, unit), 'rubbish', line(2, unit)];
  const path = imports.file('1000PEPEUSDT-1m-2025-01-05.zip', zipOf({ 'x.csv': lines.join('\n') }));
  for (let i = 0; i < 2; i++) {
    expect(await run(path)).toMatchObject({ rows: 2, rejected: 1, files: [{ symbol: 'PEPE-USDT', holes: 1 }] });
    expect(await bars()).toEqual([bar, bar]);
  }
  expect((await imports.rows('raw', '', 'rejected_ticks'))[0]).toEqual({ raw: 'rubbish' });
});

it('refuses a file of other columns', async () => {
  const path = imports.file('BTCUSDT-1m-2025-01-05.csv', '1,2,3\n');
  await expect(run(path)).rejects.toThrow(/3 cells where 12 are expected/);
  await expect(run(imports.file('BTCUSDT-1m-2025-01-06.csv', 'a,b\n1,2'))).rejects.toThrow(/2 cells where 12/);
});
