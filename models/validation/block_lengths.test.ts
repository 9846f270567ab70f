import { describe, expect, it } from 'vitest';
import { createRandom } from '#models/forest/random.ts';
import { blockLengths, blockRows, gainPValues } from './block_lengths.ts';
import { gainPValue } from './bootstrap.ts';

const minute = 60e6;

/** Gains without any mean that depend on each other over this many bars. */
function input(seed: number, bars: number, overlap: number) {
  const random = createRandom(seed, 7);
  const shocks = Float64Array.from({ length: bars + overlap }, () => random.next() / 2 ** 32 - 0.5);
  let sum = shocks.subarray(0, overlap).reduce((a, b) => a + b, 0);
  const gains = Float64Array.from({ length: bars }, (_, i) => {
    sum += shocks[i + overlap] - shocks[i];
    return sum;
  });
  const ts = Float64Array.from({ length: bars }, (_, bar) => bar * minute);
  return { ts, gains, barMicros: minute, horizon: 5, seed, resamples: 199 };
}

describe('the lengths of the blocks', () => {
  it.each([
    // The default run tests on 1,200 bars, which hold five blocks of 240.
    [5, 300, [60]],
    [5, 1_199, [60]],
    [5, 1_200, [60, 240]],
    [5, 7_199, [60, 240]],
    [5, 7_200, [60, 240, 1_440]],
    // A longer horizon has a longer shortest block, and what is not longer than that is left out.
    [24, 7_200, [240, 1_440]],
    [60, 7_200, [600, 1_440]],
    [240, 12_000, [2_400]],
  ])('of a horizon of %i and %i bars are %j', (horizon, bars, lengths) => {
    expect(blockLengths(horizon, bars)).toEqual(lengths);
  });
});

describe('gainPValues', () => {
  it('has the p-value of each length, of which the largest decides', () => {
    const given = input(4, 7_200, 150);
    const { pValue, byBlock } = gainPValues(given);
    expect(byBlock.map(({ block }) => block)).toEqual([60, 240, 1_440]);
    for (const each of byBlock) expect(each.pValue).toBe(gainPValue({ ...given, block: each.block }).pValue);
    expect(new Set(byBlock.map((each) => each.pValue)).size).toBeGreaterThan(1);
    expect(pValue).toBe(byBlock.map((each) => each.pValue).sort((a, b) => b - a)[0]);
  });

  it('is not fooled by gains that depend on each other for longer than the shortest block', () => {
    const trials = 200;
    let [shortest, largest] = [0, 0];
    for (let seed = 0; seed < trials; seed++) {
      const given = input(seed, 2_400, 120);
      if (gainPValue(given).pValue <= 0.05) shortest++;
      if (gainPValues(given).pValue <= 0.05) largest++;
    }
    // The shortest block alone finds skill three times as often as it says, and the largest p-value less than half that.
    expect(shortest / trials).toBeGreaterThan(0.13);
    expect(largest / trials).toBeLessThan(0.11);
  });

  it('is kept as a row of each length', () => {
    expect(blockRows('p_value', [{ block: 240, pValue: 0.25 }])).toEqual([
      {
        ...{ fold: -1, split: 'test', symbol: null, regime: null },
        ...{ metric: 'p_value_block_240', value: 0.25, baseline: null },
      },
    ]);
  });
});
