import { describe, expect, it } from 'vitest';
import { random } from '#lib/random.ts';
import { meanPinball, quantileLevels } from '#models/losses.ts';
import { coverageOf } from './coverage.ts';
import { fitIntervals, poolRows, predictIntervals } from './fit.ts';

const { normal, uniform } = random(3, 1);

/** Linear between the two nearest of the n numbers, of which the first is the quantile 0 and the last 1 (numpy's default). */
function naiveQuantile(values: number[], level: number): number {
  const place = level * (values.length - 1);
  // Without sorting: the number that as many are below as its place says.
  const ranked = (rank: number) =>
    values.find((v) => values.filter((w) => w < v).length <= rank && rank < values.filter((w) => w <= v).length)!;
  const below = Math.floor(place + 1e-9);
  return ranked(below) + (place - below) * (ranked(Math.min(values.length - 1, below + 1)) - ranked(below));
}

describe('intervals', () => {
  const symbols = ['A-USDT', 'B-USDT', 'NONE-USDT'];
  const rows = 1_000;
  const symbolOf = Uint16Array.from({ length: rows }, (_, row) => Number(row % 5 === 0));
  const deviations = Float64Array.from({ length: rows }, () => 0.001 * Math.exp(normal()));
  const returns = deviations.map((d, row) => d * normal() * (symbolOf[row] ? 3 : 1));
  const fitted = fitIntervals({ returns, deviations, symbolOf, symbols });

  it('are the quantiles of the ratio, those of a symbol drawn to those of all by its rows', () => {
    const ratios = Array.from(returns, (value, row) => value / deviations[row]);
    const own = ratios.filter((_, row) => symbolOf[row] === 1);
    const of = Float64Array.of(0.002, 0.5);
    const ofB = predictIntervals(fitted, of, Uint16Array.of(1, 1), symbols);
    const ofAll = predictIntervals(fitted, of, Uint16Array.of(2, 2), symbols);
    expect(ofB).toHaveLength(10);
    for (const [k, level] of [0.05, 0.25, 0.5, 0.75, 0.95].entries()) {
      const pooled = naiveQuantile(ratios, level);
      const shrunk = (200 * naiveQuantile(own, level) + poolRows * pooled) / (200 + poolRows);
      expect(ofB[k]).toBeCloseTo(0.002 * shrunk, 14);
      expect(ofB[5 + k]).toBeCloseTo(0.5 * shrunk, 12);
      // A symbol without rows, and one that is not known at all, have those of all.
      expect(ofAll[k]).toBeCloseTo(0.002 * pooled, 14);
      expect(ofAll[5 + k]).toBe(predictIntervals(fitted, of, Uint16Array.of(0, 0), ['NEW-USDT'])[5 + k]);
    }
    expect(Object.keys(fitted.bySymbol)).toEqual(['A-USDT', 'B-USDT']);
  });

  it('find a symbol by its name, wherever it stands in a later list, and survive JSON', () => {
    const read = JSON.parse(JSON.stringify(fitted));
    const later = predictIntervals(read, deviations, new Uint16Array(rows).fill(1), ['constructor', 'A-USDT']);
    expect(later).toEqual(predictIntervals(fitted, deviations, new Uint16Array(rows), symbols));
    const [low] = predictIntervals(read, Float64Array.of(1), Uint16Array.of(0), ['constructor']);
    expect(low).toBe(fitted.pooled[5]);
  });

  it('never cross, at any levels and for a symbol of few rows', () => {
    for (const count of [1, 2, 7, 40]) {
      const few = fitIntervals({
        returns: returns.subarray(0, count),
        deviations: deviations.subarray(0, count),
        symbolOf: new Uint16Array(count),
        symbols,
      });
      const levels = Array.from({ length: 40 }, uniform).sort((a, b) => a - b);
      const predicted = predictIntervals(few, deviations.subarray(0, 1), Uint16Array.of(0), symbols, [0, ...levels, 1]);
      for (let k = 1; k < predicted.length; k++) expect(predicted[k]).toBeGreaterThanOrEqual(predicted[k - 1]);
    }
  });

  it('are linear between two whole percents', () => {
    const at = (level: number) => predictIntervals(fitted, Float64Array.of(1), Uint16Array.of(2), symbols, [level])[0];
    expect(at(0.055)).toBeCloseTo((at(0.05) + at(0.06)) / 2, 14);
    expect(at(0.55)).toBe(fitted.pooled[55]);
    expect([at(0), at(1)]).toEqual([fitted.pooled[0], fitted.pooled[100]]);
  });

  it('refuse what gives none', () => {
    const given = (more: object) => () => fitIntervals({ returns, deviations, symbolOf, symbols, ...more });
    expect(given({ deviations: deviations.with(4, 0) })).toThrow('predicted for row 4 is 0');
    expect(given({ deviations: deviations.with(4, Number.NaN) })).toThrow('predicted for row 4 is NaN');
    expect(given({ returns: returns.with(7, Number.NaN) })).toThrow('The return of row 7, NaN');
    expect(given({ returns: returns.subarray(1) })).toThrow(RangeError);
    const none = { returns: new Float64Array(), deviations: new Float64Array(), symbolOf: new Uint16Array() };
    expect(given(none)).toThrow('no returns');
    expect(() => predictIntervals(fitted, Float64Array.of(-1), Uint16Array.of(0), symbols)).toThrow('row 0 is -1');
  });
});

describe('the coverage of intervals', () => {
  it('is counted with the bounds, overall and by symbol', () => {
    // Worked by hand: the interval of 50 % is −1 … 1, that of 90 % −2 … 3.
    const returns = Float64Array.of(-2.5, -2, -1, 0, 1, 2, 3, 3.5);
    const quantiles = Float64Array.from(new Array(8).fill([-2, -1, 0, 1, 3]).flat());
    const { all, bySymbol } = coverageOf(quantiles, returns, Uint16Array.of(0, 0, 0, 0, 2, 2, 2, 2), ['A', 'B', 'C']);
    expect(all).toEqual({ rows: 8, fifty: 3 / 8, ninety: 6 / 8 });
    expect(bySymbol).toEqual({
      A: { rows: 4, fifty: 2 / 4, ninety: 3 / 4 },
      C: { rows: 4, fifty: 1 / 4, ninety: 3 / 4 },
    });
    expect(() => coverageOf(quantiles, returns.subarray(1), new Uint16Array(7), ['A'])).toThrow(RangeError);
  });

  it('is what they promise on a random walk whose deviation changes, and unconditional ones lose to them', () => {
    const [symbols, length, horizon] = [['A-USDT', 'B-USDT', 'C-USDT'], 12_000, 5];
    const rows: { value: number; deviation: number; symbol: number }[][] = [[], []];
    for (const symbol of symbols.keys()) {
      const walk = Array.from({ length }, () => 0);
      let [log, trailing] = [0, 1e-6];
      const forecasts: number[] = [];
      for (let t = 0; t < length; t++) {
        log = 0.995 * log + 0.08 * normal();
        forecasts.push(Math.sqrt(horizon * trailing));
        // Fatter tails for one symbol than for another.
        const shock = normal() * (uniform() < 0.05 ? 1 + 2 * symbol : 1);
        const step = 0.001 * Math.exp(log) * shock;
        walk[t] = (walk[t - 1] ?? 0) + step;
        trailing = 0.94 * trailing + 0.06 * step ** 2;
      }
      // The forecast before step t is of the return from t − 1 to t + 4. What is fitted on comes first, purged.
      for (let t = 200; t + horizon <= length; t++) {
        const row = { value: walk[t + horizon - 1] - walk[t - 1], deviation: forecasts[t], symbol };
        if (t < length / 2 - horizon) rows[0].push(row);
        else if (t >= length / 2) rows[1].push(row);
      }
    }
    const [train, test] = rows.map((part) => ({
      returns: Float64Array.from(part, ({ value }) => value),
      deviations: Float64Array.from(part, ({ deviation }) => deviation),
      symbolOf: Uint16Array.from(part, ({ symbol }) => symbol),
      symbols,
    }));
    const quantiles = predictIntervals(fitIntervals(train), test.deviations, test.symbolOf, symbols);
    const { all, bySymbol } = coverageOf(quantiles, test.returns, test.symbolOf, symbols);
    expect(all.ninety).toBeGreaterThan(0.88);
    expect(all.ninety).toBeLessThan(0.92);
    expect(all.fifty).toBeGreaterThan(0.47);
    expect(all.fifty).toBeLessThan(0.53);
    for (const symbol of symbols) {
      expect(bySymbol[symbol].ninety).toBeGreaterThan(0.86);
      expect(bySymbol[symbol].ninety).toBeLessThan(0.94);
    }
    const ones = (values: Float64Array) => new Float64Array(values.length).fill(1);
    const flat = fitIntervals({ ...train, deviations: ones(train.deviations) });
    const unconditional = predictIntervals(flat, ones(test.deviations), test.symbolOf, symbols);
    const loss = (of: Float64Array) => meanPinball.rows(of, test.returns).reduce((a, b) => a + b);
    expect(1 - loss(quantiles) / loss(unconditional)).toBeGreaterThan(0.03);
  });
});

describe('the mean pinball loss', () => {
  it('is that of a worked example', () => {
    // y = 2 with quantiles 0, 1, 2, 3, 4: (0.05 · 2 + 0.25 · 1 + 0 + 0.25 · 1 + 0.05 · 2) / 5.
    // y = −1 is below them all: (0.95 · 1 + 0.75 · 2 + 0.5 · 3 + 0.25 · 4 + 0.05 · 5) / 5.
    const losses = meanPinball.rows(Float64Array.of(0, 1, 2, 3, 4, 0, 1, 2, 3, 4), Float64Array.of(2, -1));
    expect(losses[0]).toBeCloseTo(0.14, 15);
    expect(losses[1]).toBeCloseTo(1.04, 15);
    expect(() => meanPinball.rows(new Float64Array(9), new Float64Array(2))).toThrow(RangeError);
  });

  it('is least at the quantiles themselves', () => {
    const values = Float64Array.from({ length: 400 }, normal);
    const quantiles = quantileLevels.map((level) => naiveQuantile(Array.from(values), level));
    const at = (shift: number) => {
      const moved = Float64Array.from({ length: 5 * values.length }, (_, i) => quantiles[i % 5] + shift);
      return meanPinball.rows(moved, values).reduce((a, b) => a + b);
    };
    expect(at(0)).toBeLessThan(Math.min(at(0.05), at(-0.05)));
  });
});
