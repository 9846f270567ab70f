import { describe, expect, it } from 'vitest';
import { random } from '#lib/random.ts';
import { longShort } from './long_short.ts';

const bp = 1e-4;

/** Of one bar or several, with simple returns in basis points. */
function traded(bars: readonly { signal: number[]; returns: number[]; costs?: number[] }[]) {
  const flat = (of: (bar: (typeof bars)[number], i: number) => number[]) => Float64Array.from(bars.flatMap(of));
  return longShort(
    flat(({ signal }, bar) => signal.map(() => bar * 60e6)),
    flat(({ signal }) => signal),
    flat(({ returns }) => returns.map((value) => Math.log1p(value * bp))),
    flat(({ signal, costs }) => costs ?? signal.map(() => 6)),
  );
}

describe('the top third against the bottom third', () => {
  it('is the one worked by hand', () => {
    // Bought: the last two of six, (30 + 10) / 2; sold: the first two, (−4 + 8) / 2. Four sides cost 24.
    const found = traded([{ signal: [1, 2, 3, 4, 5, 6], returns: [-4, 8, 100, -100, 30, 10] }])!;
    expect(found.gross).toBeCloseTo(18, 9);
    expect(found.net).toBeCloseTo(-6, 9);
    expect(found.breakEven).toBeCloseTo(4.5, 9);
    expect(found.cost).toBeCloseTo(6, 12);
  });

  it('costs what the symbols cost that are traded', () => {
    const bar = { signal: [3, 1, 2], returns: [40, -10, 7], costs: [10, 4, 1_000] };
    const found = traded([bar])!;
    expect(found.gross).toBeCloseTo(50, 9);
    expect(found.net).toBeCloseTo(50 - 2 * 10 - 2 * 4, 9);
    expect(found.cost).toBeCloseTo(7, 12);
  });

  it('does not depend on the order of symbols with equal predictions', () => {
    // One of three in the top third: the two highest share it. The bottom third is the one that is lowest.
    const found = traded([{ signal: [5, 5, 1], returns: [10, 30, 2] }])!;
    expect(found.gross).toBeCloseTo(18, 9);
    const turned = traded([{ signal: [1, 5, 5], returns: [2, 30, 10] }])!;
    expect(turned.gross).toBeCloseTo(found.gross, 12);
    // All but one of six are equal: what is in both thirds cancels.
    const mixed = traded([{ signal: [1, 1, 1, 1, 1, 9], returns: [0, 0, 0, 0, 0, 12] }])!;
    // Top: the last whole and a fifth of each other; bottom: two fifths of each of the five. Held: 1/2, and −1/10 of five.
    expect(mixed.gross).toBeCloseTo(6, 9);
    expect(mixed.breakEven).toBeCloseTo(6 / (2 * (0.5 + 0.5)), 9);
  });

  it('leaves out bars of two symbols and bars that choose nobody', () => {
    const bar = { signal: [1, 2, 3], returns: [0, 5, 9] };
    const silent = [
      { signal: [4, 4, 4], returns: [100, 200, 300] },
      { signal: [1, 2], returns: [100, 200] },
    ];
    expect(traded([bar, ...silent])).toEqual(traded([bar]));
    expect(traded(silent)).toBeNull();
  });

  it('is what buying and selling each pair comes to, as written out', () => {
    const { normal, uniform } = random(9);
    const bars = Array.from({ length: 50 }, () => {
      const signal = Array.from({ length: 10 }, normal);
      return { signal, returns: signal.map(() => 20 * normal()), costs: signal.map(() => 5 + 4 * uniform()) };
    });
    let [gross, costs] = [0, 0];
    for (const bar of bars) {
      const order = [...bar.signal.keys()].sort((a, b) => bar.signal[b] - bar.signal[a]);
      for (const [sign, chosen] of [[1, order.slice(0, 3)] as const, [-1, order.slice(-3)] as const]) {
        for (const i of chosen) {
          gross += (sign * bar.returns[i]) / 3 / 50;
          costs += (2 * bar.costs[i]) / 3 / 50;
        }
      }
    }
    const found = traded(bars)!;
    expect(found.gross).toBeCloseTo(gross, 9);
    expect(found.net).toBeCloseTo(gross - costs, 9);
    expect(found.breakEven).toBeCloseTo(gross / 4, 9);
    // What is left is what the break-even cost has above the cost of a side, four times.
    expect(found.net).toBeCloseTo(4 * (found.breakEven - found.cost), 9);
  });
});
