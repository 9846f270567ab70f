import { describe, expect, it } from 'vitest';
import { createRandom, xoshiro128 } from './random.ts';

describe('xoshiro128**', () => {
  it('gives the numbers of the reference implementation from the state 1, 2, 3, 4', () => {
    const random = xoshiro128(1, 2, 3, 4);
    const expected = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    expect(expected.map(() => random.next())).toEqual(expected);
  });

  it('gives the numbers of the formula written in big integers, from states with high bits set', () => {
    const state = [0xdeadbeefn, 0x80000001n, 0xffffffffn, 0x12345678n];
    const random = xoshiro128(0xdeadbeef, 0x80000001, 0xffffffff, 0x12345678);
    for (let i = 0; i < 1_000; i++) expect(random.next()).toBe(Number(bigStep(state)));
  });
});

describe('createRandom', () => {
  it('repeats a stream and gives each seed and each tree another one', () => {
    const draw = (seed: number, stream: number) => {
      const random = createRandom(seed, stream);
      return Array.from({ length: 4 }, () => random.next()).join();
    };
    const streams = new Set<string>();
    for (let seed = 0; seed < 100; seed++) for (let tree = 0; tree < 100; tree++) streams.add(draw(seed, tree));
    expect(streams.size).toBe(10_000);
    expect(draw(42, 7)).toBe(draw(42, 7));
  });

  it.each([3, 72_000, 2 ** 31 + 1, 2 ** 32 - 5, 2 ** 32])('draws below %i what is left by whole numbers', (limit) => {
    const [random, raw] = [createRandom(8, limit % 97), createRandom(8, limit % 97)];
    const end = (2n ** 32n / BigInt(limit)) * BigInt(limit);
    for (let i = 0; i < 5_000; i++) {
      let drawn = BigInt(raw.next());
      while (drawn >= end) drawn = BigInt(raw.next());
      if (random.below(limit) !== Number(drawn % BigInt(limit))) throw new Error(`draw ${i} differs: ${drawn}`);
    }
    expect(random.next()).toBe(raw.next());
  });

  it('draws every number below the limit about equally often', () => {
    const random = createRandom(1, 1);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]++;
    // The 1 − 1e-6 quantile of χ² with 6 degrees of freedom is 38.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(38);
  });

  it('takes limits of 1 and 2³²', () => {
    const random = createRandom(1, 1);
    expect(random.below(1)).toBe(0);
    expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
  });
});

/** One step of xoshiro128** on unbounded integers, reduced after each operation. */
function bigStep(s: bigint[]): bigint {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask;
  const t = (s[1] << 9n) & mask;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate(s[3], 11n);
  return result;
}
