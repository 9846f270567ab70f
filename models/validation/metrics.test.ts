import { describe, expect, it } from 'vitest';
import { modelNamed } from '#models/catalogue.ts';
import { brier, logLoss, quantileLevels, squaredError } from '#models/losses.ts';
import { calibrationOf, calibrationsOf } from './calibration.ts';
import { aucOf, metricsOf } from './metrics.ts';

const f = (...values: number[]) => Float64Array.from(values);

describe('losses', () => {
  it('are what hand calculation gives', () => {
    expect([...brier.rows(f(0.3, 0.7, 0.9, 0.1), f(1, 1))].map((x) => x.toFixed(4))).toEqual(['0.0900', '0.8100']);
    expect(logLoss.rows(f(0.5, 0.25, 0.25), f(2))[0]).toBeCloseTo(Math.log(4), 12);
    expect([...squaredError.rows(f(1, 2), f(3, 2))]).toEqual([4, 0]);
  });

  it('stay finite for a class that was given no probability', () => {
    expect(logLoss.rows(f(1, 0, 0), f(1))[0]).toBeCloseTo(13.8155, 3);
  });
});

describe('aucOf', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    const scores = f(0.1, 0.4, 0.4, 0.8, 0.4, 0.9, 0.1);
    const ones = f(0, 1, 0, 1, 1, 0, 1);
    let [wins, pairs] = [0, 0];
    for (const [i, a] of scores.entries()) {
      for (const [j, b] of scores.entries()) {
        if (ones[i] !== 1 || ones[j] !== 0) continue;
        pairs++;
        wins += a > b ? 1 : a === b ? 0.5 : 0;
      }
    }
    expect(aucOf(scores, ones)).toBeCloseTo(wins / pairs, 12);
  });
});

describe('metricsOf', () => {
  it('measures numbers', () => {
    const metrics = metricsOf({ kind: 'regression' }, f(1, 2, 4), f(1, 3, 3));
    expect(metrics.get('mse')).toBeCloseTo(2 / 3, 12);
    expect(metrics.get('mae')).toBeCloseTo(2 / 3, 12);
    // Residuals 2, deviations of (1, 3, 3) from 7/3: 8/3.
    expect(metrics.get('r2')).toBeCloseTo(1 - 2 / (8 / 3), 12);
    // Midranks 0, 1.5, 1.5 against 0, 1, 2.
    expect(metrics.get('rank_correlation')).toBeCloseTo(1.5 / Math.sqrt(1.5 * 2), 12);
  });

  it('measures quantiles and the point beside them', () => {
    // Worked by hand: bounds of 90 % are −2 and 3, of 50 % −1 and 1; the points 1 and 2.
    const predictions = f(-2, -1, 0, 1, 3, 1, -2, -1, 0, 1, 3, 2);
    const metrics = metricsOf({ kind: 'quantiles', levels: quantileLevels }, predictions, f(0.5, 4));
    expect(Object.fromEntries(metrics)).toEqual({
      // y = 0.5: 0.05 · 2.5 + 0.25 · 1.5 + 0.5 · 0.5 + 0.25 · 0.5 + 0.05 · 2.5; y = 4: 0.05 · 6 + 0.25 · 5 + 0.5 · 4 + 0.75 · 3 + 0.95 · 1.
      mean_pinball: expect.closeTo((1 + 6.75) / 10, 12),
      ...{ coverage_50: 0.5, coverage_90: 0.5, width_90_bp: expect.closeTo(50_000, 8) },
      point_loss: expect.closeTo((0.25 + 4) / 2, 12),
    });
  });

  it('measures classes of unequal size', () => {
    // Named 0 0 1 2 0 0, came 0 1 1 2 2 0: recalls 2/2, 1/2 and 1/2, precisions 2/4, 1/1 and 1/1.
    const named = [0, 0, 1, 2, 0, 0];
    const probabilities = f(...named.flatMap((name) => [0, 1, 2].map((k) => (k === name ? 0.6 : 0.2))));
    const metrics = metricsOf({ kind: 'classes', classes: 3 }, probabilities, f(0, 1, 1, 2, 2, 0));
    expect(metrics.get('accuracy')).toBeCloseTo(4 / 6, 12);
    expect(metrics.get('balanced_accuracy')).toBeCloseTo((1 + 1 / 2 + 1 / 2) / 3, 12);
    expect(metrics.get('precision')).toBeCloseTo((1 / 2 + 1 + 1) / 3, 12);
    // Of two classes, how often the second came when named; one that never came has no part in the balance.
    const two = metricsOf({ kind: 'classes', classes: 2 }, f(0.3, 0.7, 0.4, 0.6, 0.2, 0.8, 0.9, 0.1), f(1, 0, 1, 0));
    expect(two.get('precision')).toBeCloseTo(2 / 3, 12);
    expect(two.get('balanced_accuracy')).toBeCloseTo((1 + 1 / 2) / 2, 12);
    expect(metricsOf({ kind: 'classes', classes: 2 }, f(0.3, 0.7, 0.6, 0.4), f(1, 1)).get('balanced_accuracy')).toBe(
      0.5,
    );
  });

  it('leaves out what the rows do not define', () => {
    expect(metricsOf({ kind: 'regression' }, f(0, 0), f(1, 2)).has('rank_correlation')).toBe(false);
    expect(metricsOf({ kind: 'classes', classes: 2 }, f(0.4, 0.6), f(1)).has('auc')).toBe(false);
    expect(metricsOf({ kind: 'classes', classes: 2 }, f(0.6, 0.4), f(1)).has('precision')).toBe(false);
  });
});

describe('calibrationOf', () => {
  it('bins by equal count, keeps equal predictions together and measures the distance', () => {
    const { bins, error, slope } = calibrationOf(f(0.2, 0.2, 0.2, 0.8, 0.8, 0.8), f(0, 0, 1, 1, 1, 1), 6);
    expect(bins.map(({ rows }) => rows)).toEqual([3, 3]);
    expect(bins[0].observed).toBeCloseTo(1 / 3, 12);
    expect(error).toBeCloseTo((1 / 3 - 0.2 + 0.2) / 2, 12);
    expect(slope).toBeCloseTo((1 - 1 / 3) / 0.6, 12);
  });

  it('has no slope for a constant prediction', () => {
    expect(calibrationOf(f(0.5, 0.5), f(0, 1)).slope).toBeNull();
  });
});

describe('the calibration of quantiles', () => {
  it('is the share of outcomes below each, ties counting half', () => {
    const rows = [-3, -1.5, 0, 0, 0.5, 2, 2, 4];
    const predictions = f(...rows.flatMap(() => [-2, -1, 0, 1, 3, 9]));
    const { value } = calibrationsOf(modelNamed('price_predictor'), predictions, f(...rows));
    const observed = [1 / 8, 2 / 8, 3 / 8, 5 / 8, 7 / 8];
    expect(value.bins).toEqual(quantileLevels.map((predicted, k) => ({ rows: 8, predicted, observed: observed[k] })));
    expect(value.error).toBeCloseTo((0.075 + 0 + 0.125 + 0.125 + 0.075) / 5, 12);
    // Of the levels' distances −0.45, −0.25, 0, 0.25, 0.45 from their mean.
    const slope = (-0.45 * (1 / 8 - 7 / 8) - 0.25 * (2 / 8 - 5 / 8)) / (2 * (0.45 ** 2 + 0.25 ** 2));
    expect(value.slope).toBeCloseTo(slope, 12);
  });
});
