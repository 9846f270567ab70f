import { describe, expect, it } from 'vitest';
import { createRandom } from '#models/forest/random.ts';
import { withoutBestSymbol } from './without_best_symbol.ts';

const bars = 2_000;
const symbols = ['A-USDT', 'B-USDT', 'C-USDT'];

/** Losses around the baseline's of 1, lower by these for each symbol. */
function scored(advantages: readonly number[], seed = 3) {
  const random = createRandom(seed, 0);
  const noise = () => random.next() / 2 ** 32 - 0.5;
  const rows = bars * symbols.length;
  const symbolOf = Uint16Array.from({ length: rows }, (_, row) => row % symbols.length);
  return {
    ...{ symbols, symbolOf, barMicros: 60e6, horizon: 5, seed: 1 },
    ts: Float64Array.from({ length: rows }, (_, row) => Math.floor(row / symbols.length) * 60e6),
    losses: Float64Array.from(symbolOf, (s) => 1 - advantages[s] + noise()),
    baselineLosses: new Float64Array(rows).fill(1),
  };
}

describe('a finding without its best symbol', () => {
  it('is none where one symbol carries it', () => {
    const left = withoutBestSymbol(scored([0, 0.2, 0]))!;
    expect(left.symbol).toBe('B-USDT');
    expect(Math.abs(left.skill)).toBeLessThan(0.02);
    expect(left.pValue).toBeGreaterThan(0.05);
  });

  it('stands where all symbols share it', () => {
    const left = withoutBestSymbol(scored([0.1, 0.12, 0.1]))!;
    expect(left.symbol).toBe('B-USDT');
    expect(left.skill).toBeCloseTo(0.1, 1);
    expect(left.pValue).toBeLessThan(0.01);
  });

  it('has no meaning for one symbol', () => {
    const all = scored([0.1, 0.1, 0.1]);
    expect(withoutBestSymbol({ ...all, symbolOf: new Uint16Array(all.symbolOf.length) })).toBeNull();
  });
});
