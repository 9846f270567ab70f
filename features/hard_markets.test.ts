import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { checkLeak } from '#app/checks/leak.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { fillFeatures } from './fill.ts';
import { countDefects } from './quality.ts';
import { cross, crossUnits } from './testing/cross.ts';
import { flow, flowUnits } from './testing/flow.ts';
import { type HardCoin, hardMarket } from './testing/hard_markets.ts';
import { offenders } from './testing/offenders.ts';
import { priceVolume, priceVolumeUnits } from './testing/price_volume.ts';
import { range, rangeUnits } from './testing/range.ts';
import { scaled, scaledUnits } from './testing/scaled.ts';
import { ownVenue, storeBars, storedRows } from './testing/stored_market.ts';
import { technical } from './testing/technical.ts';
import { timeframes, timeframeUnits } from './testing/timeframes.ts';
import { volatilityRegime, volatilityRegimeUnits } from './testing/volatility_regime.ts';

const count = 3_400;
/** Over the end of a month. */
const start = Date.UTC(2025, 0, 30, 6);
const coins = hardMarket(count, start);
const market = new Map(coins.map(({ symbol, bars }) => [symbol, bars]));
const at = (i: number) => (start + i * 60_000) * 1000;

let db: QuestDb;
const venue = ownVenue();
beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  await storeBars(
    db,
    coins.flatMap(({ symbol, bars }) => bars.map((bar) => ({ ...bar, venue, symbol }))),
  );
  // In steps, as bars come: most rows go on from stored ones.
  await fillFeatures(db, { venue, timeframe: '1m', to: at(999) });
  const resumed: number[] = [];
  for (const [first, end] of [
    [1_000, 1_003],
    [1_003, 1_004],
    [1_004, 1_700],
    [1_700, 1_725],
    [1_725, count],
  ]) {
    const range = { from: at(first), to: at(end - 1) };
    resumed.push((await fillFeatures(db, { venue, timeframe: '1m', ...range, resume: true })).resumed);
  }
  expect(resumed).toEqual(resumed.map(() => coins.length));
});
afterAll(() => db.close());

/**
 * What an error is measured against where a value comes near 0: there it is a small difference of prices, of volumes, or
 * of numbers of about 1 or 100.
 */
function unitsOf({ bars }: HardCoin): Record<string, number> {
  const [price, volume] = [bars[0].close * 1e-6, Math.max(...bars.map((bar) => bar.volume)) * 1e-6];
  return {
    ...{ macd_12_26: price, macd_signal_9: price, macd_histogram: price },
    ...{ obv_sma_20: volume, obv_ema_20: volume, adl_ema_20: volume },
    ...{ ...priceVolumeUnits, ...volatilityRegimeUnits, ...scaledUnits, ...flowUnits, ...crossUnits },
    ...{ ...timeframeUnits, ...rangeUnits, trend_strength: 1e-2, choppiness_14: 1, zscore_50: 1, zscore_200: 1 },
  };
}

describe('features of coins whose prices or volumes stop, burst or are pegged', () => {
  it.each(coins)('agree with their definitions computed by plain loops: $symbol', async (coin) => {
    const { symbol, digits, bars } = coin;
    const expected: Record<string, number[]> = {
      ...{ ...priceVolume(bars, digits), ...technical(bars, digits), ...volatilityRegime(bars) },
      ...{ ...scaled(bars, digits), ...flow(bars), ...cross(market, symbol), ...timeframes(bars) },
      ...range(market, symbol),
    };
    expect(Object.keys(expected).sort()).toEqual(
      catalogue()
        .map(({ name }) => name)
        .sort(),
    );
    const rows = await storedRows(db, 'features_1m', venue, symbol);
    expect(rows).toHaveLength(count - 400);
    expect(
      offenders(
        rows,
        bars.map((bar) => bar.time),
        expected,
        unitsOf(coin),
      ),
    ).toEqual([]);
  });

  it('are never null, infinite or outside of their ranges', async () => {
    const rows = coins.length * (count - 400);
    expect(await countDefects(db, { venue, timeframe: '1m' })).toMatchObject({ rows, features: [] });
  });

  it('are the same computed from scratch, as check leak does', async () => {
    const scope = { venue, symbols: coins.map(({ symbol }) => symbol), from: at(0), to: at(count) };
    const { findings, looked } = await checkLeak(db, scope, { timeframes: ['1m'], cuts: 40 });
    expect(findings).toEqual([]);
    expect(looked['1m values']).toBe(looked['1m cuts'] * coins.length * catalogue().length);
  });
});
