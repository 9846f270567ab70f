import { describe, expect, it } from 'vitest';
import type { Frame } from '#lib/frame.ts';
import { createRandom } from '#models/forest/random.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import { brier } from '#models/losses.ts';
import { meanOf } from '#models/validation/metrics.ts';
import { baseRate } from './base_rate.ts';
import { symbolRate } from './symbol_rate.ts';

const context = { horizon: 2, barMicros: 60e6 };
const symbols = ['COARSE-USDT', 'FINE-USDT'];

/** Of COARSE the close is the less often higher, the quieter its bars are; of FINE every second time, however it moves. */
const planted = (symbol: number, level: number) => (symbol === 1 ? 0.5 : 0.2 + 0.25 * level);

/** Rows of both symbols; `level` is where the deviation stands among those of its symbol, 0 to 1. */
function market(bars: number, seed: number): Frame & { level: Float64Array } {
  const random = createRandom(seed, 0);
  const uniform = () => random.next() / 2 ** 32;
  const rows = 2 * bars;
  const level = Float64Array.from({ length: rows }, uniform);
  return {
    ...{ rows, symbols, level },
    ts: Float64Array.from(level, (_, row) => Math.floor(row / 2) * 60e6),
    symbolOf: Uint16Array.from(level, (_, row) => row % 2),
    columns: new Map([
      ['label_up', Float64Array.from(level, (value, row) => (uniform() < planted(row % 2, value) ? 1 : 0))],
      // The levels of the two have nothing in common.
      ['label_dev_20', Float64Array.from(level, (value, row) => (row % 2 === 0 ? -6 : -9) + value)],
    ]),
  };
}

describe('the rate of a symbol given its deviation', () => {
  it('is that of each symbol in each fifth of its deviations, where there are rows enough', () => {
    const frame = market(60_000, 3);
    const predicted = symbolRate('label_up').fit(frame, context).predict(frame);
    for (let row = 0; row < 2_000; row++) {
      const within = (5 * frame.level[row]) % 1;
      // So near the end of a fifth it may count as of the next one.
      if (within < 0.05 || within > 0.95) continue;
      const middle = Math.floor(5 * frame.level[row]) / 5 + 0.1;
      expect(Math.abs(predicted[2 * row + 1] - planted(row % 2, middle))).toBeLessThan(0.03);
      expect(predicted[2 * row] + predicted[2 * row + 1]).toBeCloseTo(1, 12);
    }
  });

  it('is better than the pooled rate out of sample, and about as good where there is nothing but that', () => {
    const frame = market(8_000, 4);
    const [train, test] = [rowsBetween(frame, 0, 12_000), rowsBetween(frame, 12_000, 16_000)];
    const came = test.columns.get('label_up')!;
    const lossOf = (baseline: ReturnType<typeof baseRate>) =>
      meanOf(brier.rows(baseline.fit(train, context).predict(test), came));
    expect(1 - lossOf(symbolRate('label_up')) / lossOf(baseRate('label_up', 2))).toBeGreaterThan(0.02);
    const random = createRandom(9, 0);
    const coin = Float64Array.from(came, () => random.next() % 2);
    frame.columns.set(
      'label_up',
      Float64Array.from({ length: frame.rows }, () => random.next() % 2),
    );
    const [fair, rest] = [rowsBetween(frame, 0, 12_000), rowsBetween(frame, 12_000, 16_000)];
    const loss = meanOf(brier.rows(symbolRate('label_up').fit(fair, context).predict(rest), coin));
    expect(loss).toBeLessThan(0.2505);
  });

  it('is the pooled rate of a symbol that training lacks', () => {
    const frame = market(2_000, 5);
    const fitted = symbolRate('label_up').fit(frame, context);
    const [, rate] = fitted.predict({ ...rowsBetween(frame, 0, 1), symbols: ['NEW-USDT', 'FINE-USDT'] });
    expect(rate).toBe(meanOf(frame.columns.get('label_up')!));
  });

  it('looks at no row outside its training part', () => {
    const frame = market(2_000, 6);
    const before = symbolRate('label_up').fit(rowsBetween(frame, 0, 3_000), context).parameters;
    const altered = new Map([...frame.columns].map(([name, of]) => [name, of.map((x, i) => (i < 3_000 ? x : 1 - x))]));
    const after = symbolRate('label_up').fit(rowsBetween({ ...frame, columns: altered }, 0, 3_000), context).parameters;
    expect(after).toEqual(before);
  });
});
