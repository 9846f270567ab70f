import { BollingerBands, CCI, EMA, MACD, MOM, ROC, SMA, StochasticOscillator, WilliamsR } from 'trading-signals';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { fillFeatures } from './fill.ts';
import type { Family } from './header.ts';
import { type Bar, decimals, recordedBars } from './testing/bars.ts';
import { priceVolume, priceVolumeUnits } from './testing/price_volume.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, storeBars, storedRows } from './testing/stored_market.ts';
import { technical } from './testing/technical.ts';
import { volatilityRegime, volatilityRegimeUnits } from './testing/volatility_regime.ts';

/** The families of prices and volumes alone; the others have tests of their own. */
const plain: readonly Family[] = ['price', 'volume', 'technical', 'volatility', 'regime'];
const list = catalogue().filter(({ family }) => plain.includes(family));

const recordings = process.env.TICKFOREST_RECORDINGS;
const count = 4_000;
// The last hours of May and the first of June 2025: the sums that restart with the month do so inside.
const from = Date.UTC(2025, 4, 30, 0, 0);

const units: Readonly<Record<string, number>> = { ...priceVolumeUnits, ...volatilityRegimeUnits };

describe.skipIf(!recordings).each(['BTC-USDT', 'SUI-USDT'])('features of recorded %s bars', (symbol) => {
  let db: QuestDb;
  let bars: Bar[];
  let rows: Awaited<ReturnType<typeof storedRows>>;
  const venue = ownVenue();

  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    bars = recordedBars(recordings as string, symbol, count, from);
    await storeBars(
      db,
      bars.map((bar) => ({ ...bar, venue, symbol })),
    );
    const filled = await fillFeatures(db, { venue, timeframe: '1m' });
    expect(filled).toEqual({ rows: count - 400, kept: 0, bars: count, symbols: 1, resumed: 0, skipped: [] });
    rows = await storedRows(db, 'features_1m', venue);
  });
  afterAll(() => db.close());

  it('agree with the definitions computed by plain loops, each within 1e-8', () => {
    const expected = {
      ...priceVolume(bars, decimals[symbol]),
      ...technical(bars, decimals[symbol]),
      ...volatilityRegime(bars),
    } as Record<string, number[]>;
    expect(Object.keys(expected).sort()).toEqual(list.map((feature) => feature.name).sort());
    const wrong: string[] = [];
    for (const { name } of list) {
      let worst = 0;
      let where = 0;
      for (const [i, row] of rows.entries()) {
        const want = expected[name][i + 400];
        const error = errorOf(row[name], want, units[name]);
        if (error > worst) [worst, where] = [error, i];
      }
      if (worst > 1e-8)
        wrong.push(`${name}: ${worst} at ${where}: ${rows[where][name]} for ${expected[name][where + 400]}`);
    }
    expect(wrong).toEqual([]);
  });

  it('are those of every bar after the warm-up, in order, with the close of the bar', () => {
    expect(rows.map((row) => row.time)).toEqual(bars.slice(400).map((bar) => bar.time));
    expect(rows.map((row) => row.close)).toEqual(bars.slice(400).map((bar) => bar.close));
  });

  it('agree with trading-signals where its definition is the same', () => {
    const [ema9, ema200] = [new EMA(9), new EMA(200)];
    const [sma50, roc10, mom20] = [new SMA(50), new ROC(10), new MOM(20)];
    const macd = new MACD(new EMA(12), new EMA(26), new EMA(9));
    const bands = new BollingerBands(20);
    const stoch = new StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 1, dPeriod: 3 });
    const [cci, williams] = [new CCI(20), new WilliamsR(14)];
    const off: Record<string, number> = {};
    const compare = (row: Record<string, unknown>, name: string, value: number | null | undefined, unit = 0) => {
      off[name] = Math.max(off[name] ?? 0, errorOf(row[name], value ?? Number.NaN, unit));
    };
    for (const [i, bar] of bars.entries()) {
      const results = {
        ema_9: ema9.update(bar.close, false),
        ema_200: ema200.update(bar.close, false),
        sma_50: sma50.update(bar.close, false),
        momentum_20: mom20.update(bar.close, false),
        williams_r_14: williams.update(bar, false),
      };
      const [rate, lines, band] = [
        roc10.update(bar.close, false),
        macd.update(bar.close, false),
        bands.update(bar.close, false),
      ];
      const [oscillator, channel] = [stoch.update(bar, false), cci.update(bar, false)];
      if (i < 400) continue;
      const row = rows[i - 400];
      for (const [name, value] of Object.entries(results)) compare(row, name, value);
      compare(row, 'roc_10', (rate as number) * 100);
      compare(row, 'macd_12_26', lines?.macd);
      compare(row, 'bbands_middle_20', band?.middle);
      compare(row, 'stoch_k', oscillator?.stochK);
      compare(row, 'stoch_d', oscillator?.stochD);
      compare(row, 'cci_20', channel, 1);
    }
    expect(Object.entries(off).filter(([, error]) => error > 1e-8)).toEqual([]);
  });

  it('are the same when only the newest bars are asked for', async () => {
    const again = ownVenue();
    await storeBars(
      db,
      bars.map((bar) => ({ ...bar, venue: again, symbol })),
    );
    const newest = bars.slice(-40);
    const filled = await fillFeatures(db, {
      venue: again,
      timeframe: '1m',
      from: newest[0].time * 1000,
      to: newest[39].time * 1000,
    });
    expect(filled).toEqual({ rows: 40, kept: 0, bars: 40, symbols: 1, resumed: 0, skipped: [] });
    const part = await storedRows(db, 'features_1m', again);
    const wrong = list.filter(({ name }) =>
      part.some((row, i) => {
        const want = rows[rows.length - 40 + i][name] as number;
        return errorOf(row[name], want, units[name]) > 1e-8;
      }),
    );
    expect(wrong.map((feature) => feature.name)).toEqual([]);
  });

  it('that are scale-free do not change with the unit of the price', async () => {
    const small = ownVenue();
    const scaled = (price: number) => price * 1e-6;
    const cheap = bars.map((bar) => ({
      ...bar,
      open: scaled(bar.open),
      high: scaled(bar.high),
      low: scaled(bar.low),
      close: scaled(bar.close),
    }));
    await storeBars(
      db,
      cheap.map((bar) => ({ ...bar, venue: small, symbol })),
    );
    await fillFeatures(db, { venue: small, timeframe: '1m' });
    const others = await storedRows(db, 'features_1m', small);
    expect(others).toHaveLength(rows.length);
    const free = list.filter((feature) => feature.scale !== 'level');
    const wrong = free.filter(({ name }) =>
      others.some((row, i) => {
        return errorOf(row[name], rows[i][name] as number, units[name] ?? 1e-4) > 1e-7;
      }),
    );
    expect(wrong.map((feature) => feature.name)).toEqual([]);
  });
});
