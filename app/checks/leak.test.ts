import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fillFeatures } from '#features/fill.ts';
import { parseFamily } from '#features/header.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import type { Checked } from './finding.ts';
import { checkLeak, type LeakOptions } from './leak.ts';
import { familyOffences } from './lookahead_lint.ts';
import { sampleTimes } from './sample_times.ts';

const minute = 60_000;
/** The last hours of a month, so that a day and a month begin among the stored rows. */
const start = Date.UTC(2026, 0, 31, 15);
const count = 1_400;
const symbols = ['A-USDT', 'BTC-USDT'];
const venue = ownVenue();
let db: QuestDb;

/** The second symbol lacks a minute: its rows begin again 400 bars later. */
const hole = 700;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  const bars = symbols.flatMap((symbol, i) =>
    walk(count, i + 1, start)
      .filter((_, k) => i === 0 || k !== hole)
      .map((bar) => ({ ...bar, venue, symbol })),
  );
  await storeBars(db, bars);
});
afterAll(() => db.close());

const scope = { venue, symbols, from: start * 1000, to: (start + count * minute) * 1000 };
const timeframes = ['1m'] as const;
const lines = ({ findings }: Checked) => findings.map(({ what, symbol, from }) => `${what}: ${symbol} ${from}`);

/** A family file of one feature. */
function planted(sql: string) {
  const name = `planted_${randomUUID().replaceAll('-', '').slice(0, 8)}`;
  const header = `-- purpose A feature for a test.
-- grain   one bar of one symbol
-- reads   bars, window 10
-- family  price
-- feature ${name}: relative in [-inf, inf], warm-up 10, reach 10
-- formula planted
-- null    never
-- source  a test
-- input   ${name}
`;
  return { name, file: parseFamily(name, header + sql.replaceAll('{name}', name)) };
}

/** Fills a planted feature into a table of its own, and checks it there. */
async function checkPlanted(sql: string, meanwhile?: (table: string, name: string) => Promise<void>) {
  const { name, file } = planted(sql);
  const table = `features_${name}`;
  await db.query(`CREATE TABLE ${table} (ts TIMESTAMP, venue SYMBOL, symbol SYMBOL, close DOUBLE, set_hash SYMBOL,
    computed_at TIMESTAMP, candle_known_at TIMESTAMP, ${name} DOUBLE)
    TIMESTAMP(ts) PARTITION BY DAY WAL DEDUP UPSERT KEYS(ts, venue, symbol)`);
  try {
    await fillFeatures(db, { venue, timeframe: '1m', only: { files: [file], table } });
    await meanwhile?.(table, name);
    const options: LeakOptions = { timeframes, cuts: 6, planted: { files: [file], table } };
    return { checked: await checkLeak(db, scope, options), offences: familyOffences(file) };
  } finally {
    await db.query(`DROP TABLE ${table}`);
  }
}

describe('check leak', () => {
  it('finds none in the features that there are, on boundaries as between, and prints figures', async () => {
    await fillFeatures(db, { venue, timeframe: '1m' });
    const progress: number[] = [];
    const checked = await checkLeak(db, scope, { timeframes, cuts: 3, onProgress: (done) => progress.push(done) });
    expect(checked.findings).toEqual([]);
    const { '1m cuts': cuts, '1m features': features, '1m values': values } = checked.looked;
    expect(progress).toEqual(Array.from({ length: progress.length }, (_, i) => i + 1));
    expect(cuts).toBeGreaterThanOrEqual(5);
    expect(values).toBeGreaterThanOrEqual(cuts * features);
    expect(values % features).toBe(0);
    expect(checked.notes).toEqual([expect.stringMatching(/^worst error \d\.\de-\d+: \w+ of 1m, |the last bit$/)]);
  });

  it('finds none in a feature of past closes', async () => {
    const { checked, offences } = await checkPlanted(
      `SELECT ts, symbol, close / lag(close, 3) OVER (PARTITION BY symbol ORDER BY ts) AS {name} FROM bars`,
    );
    expect([checked.findings, offences]).toEqual([[], []]);
  });

  it('finds a feature of the next close, by its values and by its text', async () => {
    const { checked, offences } = await checkPlanted(
      `SELECT ts, symbol, coalesce(lead(close, 1) OVER (PARTITION BY symbol ORDER BY ts) / close, 1.0) AS {name} FROM bars`,
    );
    expect(lines(checked).length).toBeGreaterThan(5);
    expect(new Set(checked.findings.map(({ what }) => what))).toEqual(new Set(['1m value reads later bars']));
    expect(offences).toMatchObject([{ line: 10, reason: 'lead( reads a later bar' }]);
  });

  it('finds a feature of the highest close of all, which its text does not tell', async () => {
    const { checked, offences } = await checkPlanted(
      `SELECT b.ts AS ts, b.symbol AS symbol, b.close / t.top AS {name}
       FROM bars b JOIN (SELECT symbol, max(close) AS top FROM bars) t ON t.symbol = b.symbol`,
    );
    expect(offences).toEqual([]);
    expect(new Set(checked.findings.map(({ what }) => what))).toContain('1m value reads later bars');
  });

  it('finds a stored value that its bars do not give, and does not call it a leak', async () => {
    const at = (start + 400 * minute) * 1000;
    const { checked } = await checkPlanted(
      `SELECT ts, symbol, close / lag(close, 3) OVER (PARTITION BY symbol ORDER BY ts) AS {name} FROM bars`,
      async (table, name) => {
        const time = `cast(${at} AS TIMESTAMP)`;
        await db.query(
          `INSERT INTO ${table} (ts, venue, symbol, close, ${name}) VALUES (${time}, '${venue}', 'A-USDT', 1, 1.000001)`,
        );
        await db.applied([table]);
      },
    );
    expect(checked.findings).toMatchObject([
      {
        ...{ what: '1m value is not that of its bars', symbol: 'A-USDT', from: new Date(at / 1000).toISOString() },
        detail: expect.stringMatching(/stored 1\.000001, computed again/),
      },
    ]);
  });
});

describe('sampleTimes', () => {
  const of = (seed: number, symbol = 'BTC-USDT') =>
    sampleTimes(db, { ...scope, symbols: [symbol] }, { timeframe: '1m', table: 'features_1m', count: 5, seed });
  const at = (i: number) => (start + i * minute) * 1000;

  it('has the first bars of runs, days and months, the first and the last; the same for one seed', async () => {
    const times = await of(1);
    const monthStart = Date.UTC(2026, 1, 1) * 1000;
    for (const ts of [at(400), monthStart, at(hole + 401), at(count - 1)]) expect(times).toContain(ts);
    expect(times.every((ts) => ts >= at(400) && ts < at(count) && (ts - at(0)) % (minute * 1000) === 0)).toBe(true);
    expect(await of(1)).toEqual(times);
    expect(await of(2)).not.toEqual(times);
    expect(await of(1, 'C-USDT')).toEqual([]);
  });
});
