import { describe, expect, it } from 'vitest';
import { random } from '#lib/random.ts';
import { quantileLevels } from '#models/losses.ts';
import { conformalLevels, conformalStep, nextConformal, startConformal } from './conformal.ts';
import { fitIntervals, predictIntervals } from './fit.ts';

const symbols = ['A-USDT'];
const inner = startConformal(0.5);

describe('adaptive conformal steps', () => {
  it('are those of a worked example, and leave the state before as it was', () => {
    const start = startConformal(0.1);
    const missed = nextConformal(start, false, 0.01);
    // 0.1 + 0.01 × (0.1 − 1), then + 0.01 × 0.1.
    expect(missed.miss).toBeCloseTo(0.091, 15);
    expect(nextConformal(missed, true, 0.01).miss).toBeCloseTo(0.092, 15);
    expect(start).toEqual({ target: 0.1, miss: 0.1 });
    expect(JSON.parse(JSON.stringify(missed))).toEqual(missed);
  });

  it('stay within a step of 0 and 1, however long all is missed or held', () => {
    let [missing, holding] = [startConformal(0.1), startConformal(0.1)];
    for (let t = 0; t < 5_000; t++) {
      missing = nextConformal(missing, false);
      holding = nextConformal(holding, true);
    }
    expect(missing.miss).toBe(-conformalStep);
    expect(holding.miss).toBe(1 + conformalStep);
  });

  it('start at the levels that are predicted, and widen both sides alike', () => {
    expect(conformalLevels({ inner, outer: startConformal(0.1) })).toEqual([...quantileLevels]);
    const wider = conformalLevels({ inner, outer: { target: 0.1, miss: 0.04 } });
    expect(wider).toEqual([0.02, 0.25, 0.5, 0.75, 0.98]);
    expect(conformalLevels({ inner, outer: { target: 0.1, miss: -0.005 } })).toEqual([0, 0.25, 0.5, 0.75, 1]);
    // The inner one is as wide as the outer at most.
    const crossed = conformalLevels({ inner: { target: 0.5, miss: 0.1 }, outer: { target: 0.1, miss: 0.2 } });
    expect(crossed).toEqual([0.1, 0.1, 0.5, 0.9, 0.9]);
    expect(conformalLevels({ inner, outer: { target: 0.1, miss: 1.005 } })).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  it('keep the coverage where the deviation that is predicted becomes too small by half', () => {
    const { normal } = random(11, 1);
    const draws = (length: number) => Float64Array.from({ length }, normal);
    const seen = draws(4_000);
    const flat = (values: Float64Array) => new Float64Array(values.length).fill(1);
    const fitted = fitIntervals({
      returns: seen,
      deviations: flat(seen),
      symbolOf: new Uint16Array(seen.length),
      symbols,
    });
    const later = draws(10_000).map((value) => 1.5 * value);
    let outer = startConformal(0.1);
    const held = { adapted: 0, fixed: 0 };
    for (const value of later) {
      const within = (levels: number[]) => {
        const bounds = predictIntervals(fitted, Float64Array.of(1), Uint16Array.of(0), symbols, levels);
        return bounds[0] <= value && value <= bounds[4];
      };
      const covered = within(conformalLevels({ inner, outer }));
      held.adapted += Number(covered);
      held.fixed += Number(within([...quantileLevels]));
      outer = nextConformal(outer, covered);
    }
    expect(held.fixed / later.length).toBeLessThan(0.75);
    // Their proposition 4.1: no further from 0.9 than (0.9 + 0.005) / (10,000 × 0.005).
    expect(Math.abs(held.adapted / later.length - 0.9)).toBeLessThan((0.9 + conformalStep) / (later.length * 0.005));
  });
});
