import { describe, expect, it } from 'vitest';
import { binColumns, encode, quantileThresholds, thresholdBetween } from './bins.ts';
import { createRandom } from './random.ts';

describe('quantileThresholds', () => {
  it('gives each distinct value its own bin where there are enough', () => {
    expect([...quantileThresholds(Float64Array.of(1, 1, 2, 4, 4, 8), 4)]).toEqual([1.5, 3, 6]);
  });

  it('parts distinct values into bins of equal size', () => {
    const sorted = Float64Array.from({ length: 6_400 }, (_, i) => i);
    expect([...quantileThresholds(sorted, 64)]).toEqual(Array.from({ length: 63 }, (_, i) => 100 * (i + 1) - 0.5));
  });

  it('keeps its resolution beside a value that most rows share', () => {
    const sorted = Float64Array.from({ length: 10_000 }, (_, i) => (i < 9_000 ? 0 : i)).sort();
    const thresholds = quantileThresholds(sorted, 64);
    expect(thresholds).toHaveLength(63);
    expect(thresholds[0]).toBe(4_500);
  });

  it('gives a heavy value in the middle a bin of its own', () => {
    const sorted = Float64Array.from({ length: 300 }, (_, i) => (i < 100 ? i - 1_000 : i < 200 ? 0 : i)).sort();
    const thresholds = quantileThresholds(sorted, 8);
    const codes = new Uint8Array(3);
    encode(Float64Array.of(-901, 0, 200), thresholds, codes);
    expect(codes[0]).toBeLessThan(codes[1]);
    expect(codes[1]).toBeLessThan(codes[2]);
  });

  it('has no threshold for a constant, and takes −0 for 0', () => {
    expect(quantileThresholds(Float64Array.of(3, 3, 3), 64)).toHaveLength(0);
    expect(quantileThresholds(Float64Array.of(0, -0, 0).sort(), 64)).toHaveLength(0);
  });
});

describe('thresholdBetween', () => {
  it.each([
    ['neighbouring doubles', 1, 1 + Number.EPSILON],
    ['neighbouring doubles, odd mantissa', 1 + Number.EPSILON, 1 + 2 * Number.EPSILON],
    ['the smallest doubles', 0, Number.MIN_VALUE],
    ['a sum that overflows', Number.MAX_VALUE / 1.5, Number.MAX_VALUE],
    ['a negative sum that overflows', -Number.MAX_VALUE, -Number.MAX_VALUE / 1.5],
    ['both ends of the range', -Number.MAX_VALUE, Number.MAX_VALUE],
  ])('parts %s', (_, a, b) => {
    const threshold = thresholdBetween(a, b);
    expect(a < threshold).toBe(true);
    expect(b < threshold).toBe(false);
  });
});

describe('binColumns', () => {
  it.each([2, 3, 16, 64, 255, 256])(
    'routes by code ≤ c exactly as by x < threshold, with %i bins and many ties',
    async (bins) => {
      const random = createRandom(5, bins);
      const draw = [
        () => random.below(5),
        () => random.below(400) / 7,
        () => random.next() / 2 ** 32,
        () => 1 + random.below(300) * Number.EPSILON,
        () => (random.below(10) < 9 ? 0 : random.next() - 2 ** 31),
        () => (random.below(2) === 0 ? -1 : 1) * Number.MAX_VALUE * (random.below(9) / 8),
      ];
      const rows = 3_000;
      const columns = draw.map((one) => Float64Array.from({ length: rows }, one));
      const { codes, thresholds } = await binColumns(columns, bins, 1);
      for (const [column, values] of columns.entries()) {
        expect(thresholds[column].length).toBeLessThan(bins);
        let wrong = 0;
        for (let row = 0; row < rows; row++) {
          for (const [cut, threshold] of thresholds[column].entries()) {
            if (codes[column * rows + row] <= cut !== values[row] < threshold) wrong++;
          }
        }
        expect(wrong).toBe(0);
      }
    },
  );

  it('finds the quantiles of many rows from a sample that the order of the rows does not bias', async () => {
    const rows = 130_000;
    // Every second row is of another scale, as with two symbols side by side.
    const values = Float64Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? row : 1e6 + row));
    const { codes } = await binColumns([values], 64, 1);
    const sizes = new Array<number>(64).fill(0);
    for (const code of codes) sizes[code]++;
    expect(Math.min(...sizes)).toBeGreaterThan(0.75 * (rows / 64));
    expect(Math.max(...sizes)).toBeLessThan(1.25 * (rows / 64));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %d and names column and row',
    async (bad) => {
      const columns = [Float64Array.of(1, 2, 3), Float64Array.of(1, bad, 3)];
      await expect(binColumns(columns, 64, 1)).rejects.toThrow(
        new RangeError(`column 1 of the training data is ${bad} in row 1; it has to be finite`),
      );
    },
  );
});
