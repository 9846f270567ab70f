import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { families, setHash } from './catalogue.ts';
import { composeSelect, storedForNewest } from './compose.ts';
import { fillFeatures } from './fill.ts';
import { hardMarket } from './testing/hard_markets.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, storeBars, storedRows } from './testing/stored_market.ts';
import { walk } from './testing/walk.ts';

const count = 3_700;
/** Over the end of a month, and long enough for 50 bars of an hour. */
const start = Date.UTC(2025, 0, 29, 6);
const coins = [
  ...hardMarket(count, start),
  { symbol: 'WALK-USDT', bars: walk(count, 5, start) },
  // Volumes that nobody states.
  {
    symbol: 'DARK-USDT',
    bars: walk(count, 7, start).map((bar, i) =>
      (i > 2_600 && i < 2_700) || i === 3_610 ? { ...bar, volume: null as never } : bar,
    ),
  },
  // A hole at the bar 2,000: 400 bars later it has features again, whose windows of hours reach over the hole.
  { symbol: 'GAP-USDT', bars: walk(count, 6, start).toSpliced(2_000, 1) },
];
const symbols = coins.map(({ symbol }) => symbol);
const at = (i: number) => (start + i * 60_000) * 1000;

let db: QuestDb;
const venue = ownVenue();
beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  const bars = coins.flatMap(({ symbol, bars }) => bars.map((bar) => ({ ...bar, venue, symbol })));
  await storeBars(db, bars);
  await fillFeatures(db, { venue, timeframe: '1m' });
});
afterAll(() => db.close());

/**
 * Bars after spells without a move, at jumps, at ends of a quarter, an hour, a day and the month, and others, of which each
 * coin has the stored rows before it.
 */
const numbers = [
  ...[
    455, 500, 504, 520, 555, 599, 700, 749, 750, 800, 899, 900, 1_000, 1_079, 1_080, 1_081, 1_200, 1_399, 1_500, 1_740,
  ],
  ...[2_460, 2_500, 2_519, 2_520, 2_639, 2_654, 2_700, 2_715, 2_879, 3_059, 3_239, 3_240, 3_333, 3_419, 3_420, 3_421],
  ...Array.from({ length: 40 }, (_, k) => 2_480 + 29 * k),
  ...Array.from({ length: 30 }, (_, k) => 3_600 + k),
];

/**
 * What an error is measured against where it is more than the value and the mean of its column: of a coin that moves by one
 * tick in 20 bars, the windows themselves are right to 2e-9 of the value only.
 */
const units: Record<string, number> = { cci_20: 100 };

describe('what a family says of the newest bar alone', () => {
  const files = families('1m').filter(({ newest }) => newest !== undefined);

  it('is what its windows say, to nine digits', async () => {
    expect(files.length).toBeGreaterThanOrEqual(4);
    const stored = new Map<string, Record<string, unknown>>();
    const sizes = new Map<string, number>();
    const names = files.flatMap(({ features, state }) => [...features.map(({ name }) => name), ...state]);
    for (const symbol of symbols) {
      const rows = await storedRows(db, 'features_1m', venue, symbol);
      for (const row of rows) stored.set(`${symbol} ${row.time}`, row);
      for (const name of names) {
        const size = rows.reduce((sum, row) => sum + Math.abs(row[name] as number), 0) / rows.length;
        sizes.set(`${symbol} ${name}`, size);
      }
    }
    const wrong = new Map<string, { error: number; bar: number; found: unknown; wanted: unknown }>();
    let compared = 0;
    for (const bar of new Set(numbers)) {
      const span = { venue, symbols, begin: 0, from: at(bar), to: at(bar), continued: true, newest: true };
      const rows = await db.query<Record<string, unknown>>(composeSelect('1m', files, span, setHash('1m')));
      expect(rows.map((row) => row.symbol).sort(), `bar ${bar}`).toEqual([...symbols].sort());
      for (const row of rows) {
        const expected = stored.get(`${row.symbol} ${start + bar * 60_000}`)!;
        for (const name of names) {
          const size = Math.max(sizes.get(`${row.symbol} ${name}`)!, units[name] ?? 1e-12);
          const error =
            row[name] === null && expected[name] === null ? 0 : errorOf(row[name], expected[name] as number, size);
          compared++;
          const key = `${row.symbol} ${name}`;
          if (!(error <= (wrong.get(key)?.error ?? 1e-9)))
            wrong.set(key, { error, bar, found: row[name], wanted: expected[name] });
        }
      }
    }
    expect([...wrong]).toEqual([]);
    expect(compared).toBe(new Set(numbers).size * symbols.length * names.length);
  });

  it('needs no more than the stored rows that it states', () => {
    expect(storedForNewest(families('1m'))).toBe(49);
  });
});
