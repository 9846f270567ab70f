import { describe, expect, it } from 'vitest';
import { createRandom } from '#models/forest/random.ts';
import { type Walk, walkForward, walks } from './walk_forward.ts';

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

const distinct = (ts: Float64Array) => new Set(ts).size;

describe.each(walks)('walkForward, %s', (walk) => {
  it.each([1, 5, 30])('no label of a training row reaches into the test part, horizon %i', (horizon) => {
    for (const seed of [1, 2, 3]) {
      const ts = holedGrid(900, 4, seed);
      for (const { train, test } of walkForward(ts, { folds: 6, walk, horizon, barMicros: minute, embargoBars: 0 })) {
        const labelsKnown =
          ts.subarray(train.from, train.until).reduce((a, b) => Math.max(a, b)) + (horizon + 1) * minute;
        expect(labelsKnown).toBeLessThanOrEqual(ts[test.from]);
        // No more is lost than the purge asks for.
        expect(ts[train.until] + (horizon + 1) * minute).toBeGreaterThan(ts[test.from]);
      }
    }
  });

  it('cuts all symbols at the same time and tests every bar after the first part once', () => {
    const ts = holedGrid(900, 4, 4);
    const folds = walkForward(ts, { folds: 5, walk, horizon: 5, barMicros: minute });
    folds.forEach(({ test, train }, i) => {
      expect(ts[test.from]).toBeGreaterThan(ts[test.from - 1]);
      expect(test.until).toBe(folds[i + 1]?.test.from ?? ts.length);
      expect(train.from === 0 || ts[train.from] > ts[train.from - 1]).toBe(true);
      if (i > 0) expect(train.until).toBeGreaterThan(folds[i - 1].train.until);
    });
    expect(folds).toHaveLength(5);
  });

  it('leaves the embargo out beside the purge', () => {
    const ts = Float64Array.from({ length: 500 }, (_, i) => i * minute);
    for (const fold of walkForward(ts, { folds: 5, walk, horizon: 5, barMicros: minute, embargoBars: 20 }))
      expect((fold.testFrom - fold.trainUntil) / minute).toBe(26);
  });
});

describe('walkForward', () => {
  it('trains on everything before, or on as many bars of time as the first fold has', () => {
    const ts = holedGrid(900, 4, 5);
    const trained = (walk: Walk) =>
      walkForward(ts, { folds: 5, walk, horizon: 5, barMicros: minute }).map(({ train }) => train);
    const [expanding, sliding] = [trained('expanding'), trained('sliding')];
    expect(sliding[0]).toEqual(expanding[0]);
    expect(sliding.map(({ until }) => until)).toEqual(expanding.map(({ until }) => until));
    expect(expanding.map(({ from }) => from)).toEqual([0, 0, 0, 0, 0]);
    const bars = sliding.map(({ from, until }) => distinct(ts.subarray(from, until)));
    expect(new Set(bars)).toEqual(new Set([distinct(ts.subarray(0, expanding[0].until))]));
  });

  it('says how many bars it needs', () => {
    const ts = Float64Array.from({ length: 40 }, (_, i) => i * minute);
    expect(() => walkForward(ts, { folds: 5, horizon: 5, barMicros: minute })).toThrow(/40 bars .* need at least 55/);
    expect(() => walkForward(Float64Array.of(2, 1), { folds: 5, horizon: 5, barMicros: 1 })).toThrow(RangeError);
  });
});
