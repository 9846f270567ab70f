/** A stream of uniform whole numbers; the same seed and stream number give the same sequence on every machine. */
export interface Random {
  /** The next number in 0 … 2³²−1. */
  next(): number;
  /** The next number in 0 … limit−1, without bias; `limit` in 1 … 2³². */
  below(limit: number): number;
}

/**
 * The stream of one tree. Half of the state comes from the seed and half from the stream number, each through a
 * bijection, so that no two pairs of them start in the same state; the state is never all zero for the same reason.
 * @param seed, stream whole numbers in 0 … 2³²−1
 */
export function createRandom(seed: number, stream: number): Random {
  const random = xoshiro128(scrambled(seed, 1), scrambled(seed, 2), scrambled(stream, 1), scrambled(stream, 2));
  // The state of neighbouring seeds differs in half of its words only; a few steps spread that over all of them.
  for (let i = 0; i < 16; i++) random.next();
  return random;
}

/** xoshiro128**, version 1.1, by Blackman and Vigna (ACM TOMS 47(4), 2021), from a state that is not all zero. */
export function xoshiro128(a: number, b: number, c: number, d: number): Random {
  let s0 = a | 0;
  let s1 = b | 0;
  let s2 = c | 0;
  let s3 = d | 0;
  const next = () => {
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  };
  const below = (limit: number) => {
    // Numbers above the last whole multiple of the limit are drawn again, else the small remainders would be favoured.
    // Quotients instead of `%`, which on numbers beyond 31 bits takes twice as long; of 32 bits they are exact.
    const end = Math.floor(2 ** 32 / limit) * limit;
    let drawn = next();
    while (drawn >= end) drawn = next();
    return drawn - Math.floor(drawn / limit) * limit;
  };
  return { next, below };
}

/** Step `n` of SplitMix with the finaliser of MurmurHash3, on 32 bits: a bijection of the seed. */
function scrambled(seed: number, n: number): number {
  let z = (seed + Math.imul(n, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
