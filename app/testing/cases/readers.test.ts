import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { QuestDb } from '#lib/questdb/database.ts';

const cases = process.env.TICKFOREST_CASES ?? '';
const start = Date.UTC(2024, 0, 1);

describe.skipIf(!cases)('files of other people, each read whole (needs TICKFOREST_CASES)', () => {
  let db: QuestDb;
  let directory: string;
  let venue: string;
  beforeAll(() => {
    db = new QuestDb(inject('questdb'));
    directory = mkdtempSync(join(tmpdir(), 'tickforest-cases-'));
  });
  beforeEach(() => {
    venue = `t-${randomUUID()}`;
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await db.close();
  });

  /** Runs an import as a person does, of files of a case, and gives what it says as JSON. */
  async function run(format: string, files: string[], ...options: string[]) {
    const settings = sharedServers({ questdb: inject('questdb'), redis: inject('redis') }, directory);
    const paths = files.map((file) => join(cases, file));
    const ended = await runCli(['import', format, '--venue', venue, '--json', ...options, ...paths], settings);
    expect(ended.code, ended.stderr).toBe(0);
    return JSON.parse(ended.stdout) as { rows: number; rejected: number; files: { remarks: string[] }[] };
  }

  async function rows<Row extends Record<string, unknown>>(columns: string, tail: string, table: string) {
    await db.applied([table]);
    return db.query<Row>(`select ${columns} from ${table} where venue = '${venue}' ${tail}`);
  }

  const ticks = <Row extends Record<string, unknown>>(columns: string) =>
    rows<Row>(columns, 'order by ts, seq', 'ticks');
  const bars = <Row extends Record<string, unknown>>(columns: string) =>
    rows<Row>(columns, 'order by symbol, ts', 'candles_1m');

  it('symbol-split', async () => {
    const { rejected } = await run('ticks-csv', ['symbol-split/trades.csv'], '--map', 'ts=time');
    expect(rejected).toBe(0);
    const symbols = (await ticks<{ symbol: string }>('ts, seq, symbol')).map(({ symbol }) => symbol);
    expect(symbols).toEqual([
      ...['BTC-BUSD', 'ETH-FDUSD', 'BTC-TUSD', 'STRAX-BUSD', 'BNB-USD1', 'USDT-TUSD', 'BTC-USDT', 'PEPE-USDT'],
      ...['BTC-USD', 'BTC-USDT', 'ETH-BTC', 'BTC-USDT'],
    ]);
  });

  it('thousand', async () => {
    await run('binance-klines', ['thousand/1000PEPEUSDT-1m-2024-01.csv']);
    await run('candles-csv', ['thousand/1000PEPE-USDT.csv']);
    await run('ticks-csv', ['thousand/trades.csv'], '--map', 'ts=time,event_id=id');
    const pepe = { symbol: 'PEPE-USDT', close: 0.0000013, volume: 1_000_000 };
    expect(await bars('symbol, close, volume')).toEqual([pepe, pepe, pepe]);
  });

  it('quoted-candles', async () => {
    expect(await run('candles-csv', ['quoted-candles/BBB-USDT.csv'])).toMatchObject({ rows: 5, rejected: 0 });
  });

  it('optional-cell-empty', async () => {
    expect(await run('candles-csv', ['optional-cell-empty/AAA-USDT.csv'])).toMatchObject({ rows: 5, rejected: 0 });
    const none = { quote_volume: null, trades: null };
    expect(await bars('quote_volume, trades')).toEqual([none, none, none, none, none]);
  });

  it('cell-spaces', async () => {
    const map = 'ts=time,event_id=id,symbol=AAA-USDT';
    expect(await run('ticks-csv', ['cell-spaces/trades.csv'], '--map', map)).toMatchObject({ rows: 3, rejected: 0 });
    const found = await ticks<{ event_id: string; side: string; price: number }>('ts, seq, event_id, side, price');
    expect(found.map(({ event_id: id, side, price }) => [id.split('-')[0], side, price])).toEqual([
      ['101', 'buy', 100.5],
      ['101', 'sell', 100.6],
      ['102', 'sell', 100.7],
    ]);
  });

  it('all-refused', async () => {
    const files = ['all-refused/DDD-USDT.csv', 'all-refused/EEE-USDT.csv'];
    expect(await run('candles-csv', files)).toMatchObject({ rows: 10, rejected: 0 });
    expect((await bars<{ ts: Date }>('symbol, ts')).map(({ ts }) => (ts.getTime() - start) / 60_000)).toEqual([
      ...[0, 1, 2, 3, 4],
      ...[0, 1, 2, 3, 4],
    ]);
  });

  it('first-time-whole', async () => {
    await run('ticks-csv', ['first-time-whole/trades.csv'], '--map', 'ts=timestamp');
    const found = await ticks<{ at: number; price: number }>('ts, seq, cast(ts as long) at, price');
    expect(found.map(({ at, price }) => [(Number(at) / 1_000 - start) / 1_000, price])).toEqual([
      ...[
        [0, 10],
        [20.25, 11],
        [59.75, 12],
        [60.4, 13],
        [119.9, 14],
        [120.1, 15],
      ],
    ]);
    expect((await bars<{ close: number }>('symbol, ts, close')).map(({ close }) => close)).toEqual([12, 14, 15]);
  });

  it('ns-rounds-up', async () => {
    await run('ticks-csv', ['ns-rounds-up/trades.csv'], '--map', 'ts=time,symbol=AAA-USDT');
    expect((await bars<{ trades: number }>('symbol, ts, trades')).map(({ trades }) => trades)).toEqual([3, 2]);
  });

  it('side-spellings', async () => {
    const map = ['--map', 'ts=time,symbol=AAA-USDT'];
    const { rejected, files } = await run('ticks-csv', ['side-spellings/trades.csv'], ...map);
    expect([rejected, files[0].remarks.filter((remark) => remark.includes('side that is'))]).toEqual([0, []]);
    const sides = async () => (await ticks<{ side: string | null }>('ts, seq, side')).map(({ side }) => side);
    const [buy, sell] = ['buy', 'sell'];
    expect(await sides()).toEqual([buy, sell, buy, sell, buy, sell, buy, sell, buy, sell, null, null]);
    venue = `t-${randomUUID()}`;
    await run('ticks-csv', ['side-spellings/maker.csv'], ...map);
    expect(await sides()).toEqual([sell, buy, sell, buy, sell, buy]);
  });
});
