import { describe, expect, it } from 'vitest';
import { column, type Frame } from '#lib/frame.ts';
import { random } from '#lib/random.ts';
import { pinballBesidePoint } from '#models/losses.ts';
import { pointsAlone, quantilesAlone } from '#models/quantile_rows.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { quantilesByDeviation, unconditionalQuantiles } from './return_quantiles.ts';

const { normal, uniform } = random(6, 1);
const context = { horizon: 4, barMicros: 60e6 };
const [levels, rows] = [[0.05, 0.25, 0.5, 0.75, 0.95], 12_000];

/** Returns of a deviation that the trailing ones tell exactly, the same for both symbols but for B's level. */
function marketOf(): Frame {
  const symbolOf = Uint16Array.from({ length: rows }, (_, row) => row % 2);
  const level = Float64Array.from(symbolOf, (s) => 0.8 * normal() - 7 + s);
  const deviations = [5, 20, 60, 240].map(
    (bars) => [`label_dev_${bars}`, level.map((value) => value + (bars === 20 ? 0 : normal()))] as const,
  );
  return {
    ...{ rows, symbolOf, symbols: ['A-USDT', 'B-USDT'] },
    ts: Float64Array.from({ length: rows }, (_, row) => Math.floor(row / 2) * 60e6),
    columns: new Map([
      ...deviations,
      ['label_log_volatility', level.map((value) => value - 0.1 + 0.3 * normal())],
      ['label_log_return', level.map((value) => 2 * Math.exp(value) * normal() * (uniform() < 0.1 ? 3 : 1))],
    ]),
  };
}

const [train, test] = [marketOf(), marketOf()];
const lossOf = (predictions: Float64Array) =>
  meanOf(pinballBesidePoint.rows(predictions, column(test, 'label_log_return')));
const quantile = (values: number[], level: number) => values.sort((a, b) => a - b)[Math.floor(level * values.length)];

describe('quantiles by the deviation that trailing ones foretell', () => {
  const fitted = quantilesByDeviation.fit(train, context);
  const predicted = fitted.predict(test);

  it('are those of return / deviation times the deviation, and the point is 0', () => {
    expect([...pointsAlone(predicted)]).toEqual(Array.from({ length: rows }, () => 0));
    const ratios = Array.from(
      column(train, 'label_log_return'),
      (value, row) => value / Math.exp(column(train, 'label_dev_20')[row]),
    );
    const quantiles = quantilesAlone(predicted);
    for (const row of [0, 1, 200, 4_001]) {
      for (const [k, level] of levels.entries()) {
        const truth = quantile(ratios, level) * Math.exp(column(test, 'label_dev_20')[row]);
        const size = Math.exp(column(test, 'label_dev_20')[row]);
        expect(Math.abs(quantiles[5 * row + k] - truth) / size).toBeLessThan(0.25);
      }
    }
  });

  it('have a lower loss than those of each symbol, which know no bar', () => {
    const own = unconditionalQuantiles.fit(train, context).predict(test);
    expect(1 - lossOf(predicted) / lossOf(own)).toBeGreaterThan(0.1);
  });
});

describe('unconditional quantiles', () => {
  it('are those of the symbol’s returns in training, whatever the bar', () => {
    const quantiles = quantilesAlone(unconditionalQuantiles.fit(train, context).predict(test));
    for (const s of [0, 1]) {
      const own = Array.from(column(train, 'label_log_return')).filter((_, row) => train.symbolOf[row] === s);
      for (const [k, level] of levels.entries()) {
        expect(quantiles[5 * s + k]).toBe(quantiles[5 * (s + 2_000) + k]);
        const truth = quantile(own, level);
        expect(Math.abs(quantiles[5 * s + k] - truth)).toBeLessThan(0.05 * quantile(own, 0.95));
      }
    }
  });

  it('keep the width of a symbol that has few rows, and know none of one that never moved', () => {
    const few: Frame = {
      ...train,
      symbols: ['A-USDT', 'B-USDT', 'CALM-USDT', 'STILL-USDT'],
      symbolOf: train.symbolOf.map((s, row) => (row < 100 ? 2 : row < 120 ? 3 : s)),
      columns: new Map(train.columns).set(
        'label_log_return',
        column(train, 'label_log_return').map((value, row) => (row < 100 ? value / 100 : row < 120 ? 0 : value)),
      ),
    };
    const fitted = unconditionalQuantiles.fit(few, context);
    const widths = fitted.predict({ ...few, symbols: [...few.symbols.slice(0, 3), 'NEW-USDT'] });
    const widthAt = (row: number) => widths[6 * row + 4] - widths[6 * row];
    expect(widthAt(0) / widthAt(200)).toBeLessThan(0.05);
    const still = fitted.predict(few);
    expect(still[6 * 110 + 4]).toBeGreaterThan(0);
    // Neither has a width of its own; that of a new symbol is of all.
    expect(widthAt(110) / (still[6 * 110 + 4] - still[6 * 110])).toBeCloseTo(1, 1);
  });
});

describe('the share of the trailing deviations', () => {
  const shareOf = (frame: Frame) => quantilesByDeviation.fit(frame, context).parameters.share;
  const withReturns = (of: (row: number) => number): Frame => ({
    ...train,
    columns: new Map(train.columns).set(
      'label_log_return',
      Float64Array.from({ length: rows }, (_, row) => of(row)),
    ),
  });

  it('is what was best on the last fifth of training', () => {
    expect(shareOf(train)).toBe(1);
    const level = column(train, 'label_dev_20');
    // Returns that trailing deviations say nothing of, and half of what there is.
    expect(shareOf(withReturns((row) => 0.001 * (1 + train.symbolOf[row]) * normal()))).toBe(0);
    expect(shareOf(withReturns((row) => Math.exp(0.5 * (level[row] - 7)) * normal()))).toBe(0.5);
  });

  it('gives the quantiles of each symbol where it is 0', () => {
    const calm = withReturns((row) => 0.001 * (1 + train.symbolOf[row]) * normal());
    const [mine, theirs] = [quantilesByDeviation, unconditionalQuantiles].map((each) =>
      each.fit(calm, context).predict(test),
    );
    for (const row of [0, 1, 777]) {
      const [a, b] = [mine, theirs].map((all) => all.subarray(6 * row, 6 * row + 6));
      for (const [k, value] of a.entries()) expect(value).toBeCloseTo(b[k], 12);
    }
  });
});
