import { describe, expect, it } from 'vitest';
import { binomialTail, judgeDraws } from './shuffled_draws.ts';

describe('the chance of so many small p-values', () => {
  it.each([
    // Summed in exact fractions by Python's fractions and math.comb.
    [20, 0, 1],
    [20, 1, 0.6415140775914577],
    [20, 4, 0.01590152601976356],
    [20, 5, 0.0025739403346522814],
    [200, 18, 0.012089443730889564],
  ])('of %i draws, %i or more', (trials, least, tail) => {
    expect(binomialTail(trials, least, 0.05)).toBeCloseTo(tail, 12);
  });

  it('is what a leak is told by, the less easily the more is judged together', () => {
    const pValues = (below: number) => Array.from({ length: 20 }, (_, i) => (i < below ? 0.049 : 0.05));
    expect(judgeDraws(pValues(1))).toMatchObject({ draws: 20, below: 1, share: 0.05, leaks: false });
    expect(judgeDraws(pValues(4))).toMatchObject({ below: 4, share: 0.2, leaks: false });
    expect(judgeDraws(pValues(5))).toMatchObject({ below: 5, share: 0.25, leaks: true });
    expect(judgeDraws(pValues(5), 9)).toMatchObject({ below: 5, leaks: false });
    expect(judgeDraws([0.01])).toMatchObject({ below: 1, share: 1, leaks: false });
    expect(() => judgeDraws([])).toThrow(/no draw/);
  });
});
