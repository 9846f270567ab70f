import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { fillLabels, labelWarmup } from './labels.ts';
import { type Bar, decimals, recordedBars } from './testing/bars.ts';
import { hardMarket } from './testing/hard_markets.ts';
import { type Label, labelOf } from './testing/labels.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, storeBars, storedRows } from './testing/stored_market.ts';
import { still, walk } from './testing/walk.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const timeframe = '1m';
let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

async function stored(bars: readonly Bar[], horizon: number, venue = ownVenue(), symbol = 'A-USDT') {
  await storeBars(
    db,
    bars.map((bar) => ({ ...bar, venue, symbol })),
  );
  const filled = await fillLabels(db, { venue, timeframe, horizon, symbols: [symbol] });
  const rows = await storedRows(db, 'labels_1m', venue, symbol);
  expect(filled.rows).toBe(rows.filter((row) => row.horizon === horizon).length);
  return rows;
}

/** Names the labels that are off by more than 1e-8 of the value, or of a return of 0.1 %. */
function differences(rows: Awaited<ReturnType<typeof stored>>, bars: readonly Bar[], horizon: number, digits: number) {
  const expected = bars.flatMap((bar, t) => {
    const label = labelOf(bars, t, horizon, digits);
    return label ? [{ time: bar.time, ...label }] : [];
  });
  expect(rows.map((row) => row.time)).toEqual(expected.map((label) => label.time));
  const names = Object.keys(expected[0]).filter((name) => name !== 'time') as (keyof Label)[];
  return names.filter((name) => expected.some((label, i) => errorOf(rows[i][name], label[name], 1e-3) > 1e-8));
}

describe.skipIf(!recordings).each(['BTC-USDT', 'SUI-USDT'])('labels of recorded %s bars', (symbol) => {
  it.each([1, 5, 60])('agree with plain loops at a horizon of %i bars', async (horizon) => {
    const bars = recordedBars(recordings as string, symbol, 4_000);
    expect(differences(await stored(bars, horizon), bars, horizon, decimals[symbol])).toEqual([]);
  });
});

describe('labels', () => {
  it('do not change with the unit of the price', async () => {
    const bars = walk(900, 11);
    const cheap = bars.map((bar) => ({ ...bar, high: bar.high * 1e-8, low: bar.low * 1e-8, close: bar.close * 1e-8 }));
    expect(differences(await stored(cheap, 5), bars, 5, 2)).toEqual([]);
  });

  it.each(hardMarket(1_300, Date.UTC(2025, 0, 30, 6)))(
    'agree with plain loops where prices stop, crash or are pegged: $symbol',
    async ({ bars, digits, symbol }) => {
      const venue = ownVenue();
      for (const horizon of [1, 5, 60]) {
        const rows = (await stored(bars, horizon, venue, symbol)).filter((row) => row.horizon === horizon);
        expect(differences(rows, bars, horizon, digits)).toEqual([]);
      }
    },
  );

  it('never cross a hole: a broken run has those of its two parts', async () => {
    const bars = walk(1_200, 12);
    const parts = [bars.slice(0, 600), bars.slice(601)];
    const rows = await stored([...parts[0], ...parts[1]], 5);
    const expected = parts.flatMap((part) => part.filter((_, t) => labelOf(part, t, 5, 2)));
    expect(rows.map((row) => row.time)).toEqual(expected.map((bar) => bar.time));
    const labelled = new Set(rows.map((row) => row.time));
    expect(bars.slice(595, 601 + labelWarmup(5)).filter((bar) => labelled.has(bar.time))).toEqual([]);
    expect(differences(rows.slice(0, 600 - labelWarmup(5) - 5), parts[0], 5, 2)).toEqual([]);
  });

  it('never cross a symbol, and a horizon leaves those of another alone', async () => {
    const venue = ownVenue();
    const markets = { 'A-USDT': walk(400, 13), 'B-USDT': walk(400, 14) };
    for (const [symbol, bars] of Object.entries(markets)) {
      await storeBars(
        db,
        bars.map((bar) => ({ ...bar, venue, symbol })),
      );
    }
    expect(await fillLabels(db, { venue, timeframe, horizon: 5 })).toEqual({
      rows: 2 * 146,
      kept: 0,
      bars: 800,
      symbols: 2,
      resumed: 0,
      skipped: [],
    });
    await fillLabels(db, { venue, timeframe, horizon: 10 });
    for (const [symbol, bars] of Object.entries(markets)) {
      const rows = await storedRows(db, 'labels_1m', venue, symbol);
      for (const horizon of [5, 10]) {
        expect(
          differences(
            rows.filter((row) => row.horizon === horizon),
            bars,
            horizon,
            2,
          ),
        ).toEqual([]);
      }
    }
  });

  it('are known when the last bar of the horizon has closed', async () => {
    for (const row of await stored(walk(300, 15), 7)) {
      expect((row.known_at as Date).getTime()).toBe(row.time + 8 * 60_000);
    }
  });

  it('of a market that went flat are neutral, at the floor, and never null', async () => {
    const moving = walk(400, 16);
    const rows = (await stored([...moving, ...still(700, moving[399])], 5)).slice(-150);
    const floor = Math.log(1e-5);
    for (const row of rows) {
      expect(row).toMatchObject({
        up: 0,
        log_return: 0,
        last_return: 0,
        momentum_change: 0,
        momentum_class: 1,
        momentum_band: 0,
      });
      expect(row).toMatchObject({
        drawdown: 0,
        log_volatility: floor,
        dev_5: floor,
        dev_20: floor,
        dev_60: floor,
        dev_240: floor,
      });
    }
  });

  it('are written for the asked bars only, and twice the same', async () => {
    const venue = ownVenue();
    const bars = walk(600, 17);
    const whole = await stored(bars, 5);
    await storeBars(
      db,
      bars.map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
    );
    const request = { venue, timeframe, horizon: 5, from: bars[400].time * 1000, to: bars[449].time * 1000 } as const;
    expect(await fillLabels(db, request)).toEqual({ rows: 50, kept: 0, bars: 50, symbols: 1, resumed: 0, skipped: [] });
    await fillLabels(db, request);
    const rows = await storedRows(db, 'labels_1m', venue);
    expect(rows.map((row) => row.time)).toEqual(bars.slice(400, 450).map((bar) => bar.time));
    const names = ['log_return', 'momentum_band', 'log_volatility', 'dev_240'];
    for (const [i, row] of rows.entries()) {
      for (const name of names) expect(row[name]).toBeCloseTo(whole[i + 400 - labelWarmup(5)][name] as number, 9);
    }
  });

  it('refuse a horizon that is no number of bars, and pass over a short run', async () => {
    await expect(fillLabels(db, { venue: 'x', timeframe, horizon: 0 })).rejects.toThrow(RangeError);
    const venue = ownVenue();
    await storeBars(
      db,
      walk(254, 18).map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
    );
    const { skipped } = await fillLabels(db, { venue, timeframe, horizon: 5 });
    expect(skipped).toEqual([
      { symbol: 'A-USDT', reason: 'its longest unbroken run there has 254 bars; 255 are needed' },
    ]);
  });
});
