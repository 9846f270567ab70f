import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';
import { drawOnce, drawWithReplacement, listDrawn } from './sample.ts';

const total = (counts: Uint32Array) => counts.reduce((sum, count) => sum + count, 0);

describe('drawWithReplacement', () => {
  it('draws exactly as many as asked and leaves out 1 / e of the rows, whatever the counts held before', () => {
    const counts = new Uint32Array(100_000).fill(9);
    drawWithReplacement(createRandom(1, 1), counts, 100_000);
    expect(total(counts)).toBe(100_000);
    // 0.3679 ± 5 standard deviations of 0.001.
    expect(Math.abs(counts.filter((count) => count === 0).length / 100_000 - Math.exp(-1))).toBeLessThan(0.005);
    expect(listDrawn(counts, new Uint32Array(100_000))).toBe(counts.filter((count) => count > 0).length);
  });
});

describe('drawOnce', () => {
  it('draws each row at most once and exactly as many as asked', () => {
    const counts = new Uint32Array(1_000).fill(9);
    for (const draws of [1, 333, 999, 1_000]) {
      drawOnce(createRandom(1, draws), counts, draws);
      expect(total(counts)).toBe(draws);
      expect(Math.max(...counts)).toBe(1);
    }
  });

  it('draws every row equally often, the first and the last too', () => {
    const often = new Uint32Array(10);
    const counts = new Uint32Array(10);
    for (let stream = 0; stream < 20_000; stream++) {
      drawOnce(createRandom(1, stream), counts, 3);
      for (const [row, count] of counts.entries()) often[row] += count;
    }
    // 6,000 ± 5 standard deviations of 65.
    for (const count of often) expect(Math.abs(count - 6_000)).toBeLessThan(325);
  });
});
