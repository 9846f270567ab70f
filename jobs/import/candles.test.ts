import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { withCloseClient } from '#jobs/candles/close_client.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { type CandleImportRequest, importCandles } from './candles.ts';

const start = Date.UTC(2026, 0, 5);
let db: QuestDb;
let directory: string;
let venue: string;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
  directory = mkdtempSync(join(tmpdir(), 'tickforest-import-'));
});
beforeEach(() => {
  venue = `t-${randomUUID()}`;
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await db.close();
});

function run(request: Omit<CandleImportRequest, 'venue'>) {
  const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
  return withCloseClient({ queues, db, dataDir: directory, log: silent, concurrency: 1 }, (closeClient) =>
    importCandles({ db, closeClient, config: { dataDir: directory } }, { ...request, venue }),
  );
}

const row = (minutes: number, close = 100) => `${start + minutes * 60_000},100,${Math.max(100, close)},99,${close},1.5`;

function file(rows: string[], name = 'AAA-USDT.csv'): string {
  const path = join(directory, name);
  const text = `open_time,open,high,low,close,volume\n${rows.join('\n')}\n`;
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const bars = async () =>
  (
    await db.query<{ ts: Date; symbol: string; close: number }>(
      `select ts, symbol, close from candles_1m where venue = '${venue}' order by symbol, ts`,
    )
  ).map((bar) => [bar.symbol, (bar.ts.getTime() - start) / 60_000, bar.close]);
const iso = (minutes: number) => new Date(start + minutes * 60_000).toISOString();

describe('importCandles', () => {
  it('brings unsorted, doubled and bad lines in as what they are, and says so', async () => {
    const path = file([row(3, 103), row(0, 100), row(3, 104), 'rubbish', row(1, 101), row(6, 106)]);
    const result = await run({ paths: [path] });
    expect(result).toEqual({
      rows: 4,
      rejected: 1,
      files: [
        {
          ...{ path, symbol: 'AAA-USDT', venue, rows: 4, rejected: 1, holes: 3, from: iso(0), to: iso(6) },
          ...{ rejected_by_reason: { 'malformed row': 1 }, examples: { 'malformed row': 'rubbish' } },
        },
      ],
    });
    expect(await bars()).toEqual([
      ['AAA-USDT', 0, 100],
      ['AAA-USDT', 1, 101],
      ['AAA-USDT', 3, 104],
      ['AAA-USDT', 6, 106],
    ]);
    const [stored] = await db.query(
      `select open, high, low, close, volume, quote_volume, buy_volume, trades, quotes, source, complete
       from candles_1m where venue = '${venue}' limit 1`,
    );
    expect(stored).toEqual({
      ...{ open: 100, high: 100, low: 99, close: 100, volume: 1.5, source: 'archive', complete: true },
      ...{ quote_volume: null, buy_volume: null, trades: null, quotes: null },
    });
  });

  it('says the same and changes nothing the second time', async () => {
    const paths = [
      file(
        Array.from({ length: 3_000 }, (_, i) => row(i, 100 + (i % 7))),
        'AAA-USDT.csv.gz',
      ),
      file([row(5), row(9)], 'BBB-USDT.csv'),
    ];
    const state = () =>
      db.query(`select symbol, count() n, sum(close) closes, max(cast(known_at as long)) known
                from candles_1m where venue = '${venue}' order by symbol`);
    const first = await run({ paths });
    const once = await state();
    expect(first).toMatchObject({
      rows: 3_002,
      rejected: 0,
      files: [
        { rows: 3_000, holes: 0 },
        { rows: 2, holes: 3 },
      ],
    });
    expect(once).toMatchObject([
      { symbol: 'AAA-USDT', n: 3_000 },
      { symbol: 'BBB-USDT', n: 2 },
    ]);
    expect(await run({ paths })).toEqual(first);
    expect(await state()).toEqual(once);
  });

  it('leaves out the newest candles by time, whatever their place in the file', async () => {
    const result = await run({ paths: [file([row(4), row(0), row(3), row(1), row(4, 101), row(2)])], leaveLast: 2 });
    expect(result.files).toMatchObject([{ rows: 3, holes: 0, from: iso(0), to: iso(2) }]);
    expect((await bars()).map(([, at]) => at)).toEqual([0, 1, 2]);
  });

  it('leaves out whole files that are not longer than that', async () => {
    const result = await run({ paths: [file([row(0), row(1)])], leaveLast: 2 });
    expect(result.files).toMatchObject([{ rows: 0, holes: 0, from: null, to: null }]);
    expect(await bars()).toEqual([]);
  });

  it('writes nothing when one of the names is wrong', async () => {
    await expect(run({ paths: [file([row(0)]), file([row(0)], 'nonsense.csv')] })).rejects.toThrow(/which symbol/);
    expect(await db.query(`select count() n from exchange_candles where venue = '${venue}'`)).toEqual([{ n: 0 }]);
    expect(await bars()).toEqual([]);
  });
});
