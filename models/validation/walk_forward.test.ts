import { describe, expect, it } from 'vitest';
import { createRandom } from '../forest/random.ts';
import { walkForward } from './walk_forward.ts';

const minute = 60e6;

/** Bars of several symbols of which some are missing, so that rows and bars do not go together. */
function holedGrid(bars: number, symbols: number, seed: number): Float64Array {
  const random = createRandom(seed, 0);
  const ts: number[] = [];
  for (let bar = 0; bar < bars; bar++) {
    for (let s = 0; s < symbols; s++) if (random.below(5) > 0 && bar % 97 !== 50) ts.push(bar * minute);
  }
  return Float64Array.from(ts);
}

describe('walkForward', () => {
  it.each([1, 5, 30])('no label of a training row reaches into the test part, horizon %i', (horizon) => {
    for (const seed of [1, 2, 3]) {
      const ts = holedGrid(900, 4, seed);
      for (const { train, test } of walkForward(ts, { folds: 6, horizon, barMicros: minute, embargoBars: 0 })) {
        const testTimes = ts.subarray(test.from, test.until);
        for (const opened of ts.subarray(train.from, train.until)) {
          const labelKnown = opened + (horizon + 1) * minute;
          expect(labelKnown).toBeLessThanOrEqual(testTimes[0]);
        }
        // No more is lost than the purge asks for.
        expect(ts[train.until] + (horizon + 1) * minute).toBeGreaterThan(testTimes[0]);
      }
    }
  });

  it('cuts all symbols at the same time and tests every bar after the first part once', () => {
    const ts = holedGrid(900, 4, 4);
    const folds = walkForward(ts, { folds: 5, horizon: 5, barMicros: minute });
    folds.forEach(({ test, train }, i) => {
      expect(ts[test.from]).toBeGreaterThan(ts[test.from - 1]);
      expect(test.until).toBe(folds[i + 1]?.test.from ?? ts.length);
      expect(train.from).toBe(0);
      if (i > 0) expect(train.until).toBeGreaterThan(folds[i - 1].train.until);
    });
    expect(folds).toHaveLength(5);
  });

  it('leaves the embargo out beside the purge', () => {
    const ts = Float64Array.from({ length: 500 }, (_, i) => i * minute);
    const [fold] = walkForward(ts, { folds: 5, horizon: 5, barMicros: minute, embargoBars: 20 });
    expect((fold.testFrom - fold.trainUntil) / minute).toBe(26);
  });

  it('says how many bars it needs', () => {
    const ts = Float64Array.from({ length: 40 }, (_, i) => i * minute);
    expect(() => walkForward(ts, { folds: 5, horizon: 5, barMicros: minute })).toThrow(/40 bars .* need at least 55/);
    expect(() => walkForward(Float64Array.of(2, 1), { folds: 5, horizon: 5, barMicros: 1 })).toThrow(RangeError);
  });
});
