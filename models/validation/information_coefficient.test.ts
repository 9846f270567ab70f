import { describe, expect, it } from 'vitest';
import { random } from '#lib/random.ts';
import { informationCoefficient } from './information_coefficient.ts';

const minute = 60e6;

/** Spearman's formula for ranks without ties: 1 − 6 Σd² / (n (n² − 1)). */
function byRanks(a: readonly number[], b: readonly number[]): number {
  const rank = (values: readonly number[], value: number) => values.filter((each) => each < value).length;
  const sum = a.reduce((total, _, i) => total + (rank(a, a[i]) - rank(b, b[i])) ** 2, 0);
  return 1 - (6 * sum) / (a.length * (a.length ** 2 - 1));
}

function figures(bars: readonly { at: number; signal: number[]; outcome: number[] }[], horizon = 1) {
  const ts = Float64Array.from(bars.flatMap(({ at, signal }) => signal.map(() => at * minute)));
  return informationCoefficient(
    Float64Array.from(bars.flatMap(({ signal }) => signal)),
    Float64Array.from(bars.flatMap(({ outcome }) => outcome)),
    { ts, barMicros: minute, horizon },
  );
}

describe('the information coefficient', () => {
  const up = [1, 2, 3, 4, 5];

  it('is the one worked by hand', () => {
    // 1 in the first bar; 0.9 where two neighbours changed places; 1 − 6 · 40 / 120 = −1 where all is reversed.
    const found = figures([
      { at: 0, signal: up, outcome: [10, 20, 30, 40, 50] },
      { at: 1, signal: up, outcome: [20, 10, 30, 40, 50] },
      { at: 2, signal: up, outcome: [5, 4, 3, 2, 1] },
    ])!;
    expect(found.bars).toBe(3);
    expect(found.ic).toBeCloseTo(0.3, 14);
    // Distances 0.7, 0.6, −1.3: squares 0.49 + 0.36 + 1.69 = 2.54.
    expect(found.ir).toBeCloseTo(0.3 / Math.sqrt(2.54 / 2), 14);
  });

  it('is a mean of rank correlations with a robust t, as written out', () => {
    const { normal } = random(5);
    const bars = Array.from({ length: 40 }, (_, at) => {
      const signal = Array.from({ length: 9 }, normal);
      return { at, signal, outcome: signal.map((value) => 0.5 * value + normal()) };
    });
    const each = bars.map(({ signal, outcome }) => byRanks(signal, outcome));
    const mean = each.reduce((a, b) => a + b, 0) / 40;
    // The lag is the horizon, 6, which is more than 4 (40 / 100)^(2/9) = 3.2.
    let variance = 0;
    for (const [i, a] of each.entries())
      for (const [j, b] of each.entries()) variance += Math.max(0, 1 - Math.abs(i - j) / 7) * (a - mean) * (b - mean);
    const found = figures(bars, 6)!;
    expect(found.ic).toBeCloseTo(mean, 12);
    expect(found.t).toBeCloseTo(mean / (Math.sqrt(variance) / 40), 10);
  });

  it('leaves out bars of few symbols, and those that put nothing in an order', () => {
    const told = [
      { at: 0, signal: up, outcome: up },
      { at: 1, signal: up, outcome: [2, 1, 3, 4, 5] },
    ];
    const silent = [
      { at: 2, signal: [1, 2, 3, 4], outcome: [4, 3, 2, 1] },
      { at: 3, signal: [7, 7, 7, 7, 7], outcome: [5, 4, 3, 2, 1] },
      { at: 4, signal: up, outcome: [0, 0, 0, 0, 0] },
    ];
    expect(figures([...told, ...silent])).toEqual(figures(told));
    expect(figures(silent)).toBeNull();
  });

  it('has no t where it never varies', () => {
    const found = figures([0, 1, 2].map((at) => ({ at, signal: up, outcome: up })))!;
    expect(found.ic).toBeCloseTo(1, 14);
    expect([found.t, found.ir]).toEqual([Number.NaN, Number.NaN]);
  });
});
