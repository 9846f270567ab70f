import { describe, expect, it } from 'vitest';
import { type FindingFigures, findingOf } from './finding.ts';

const good: FindingFigures = {
  ...{
    skill: 0.01,
    p_value: 0.001,
    without_best: { skill: 0.008, p_value: 0.002 },
    without_coarse: null,
    constant: false,
  },
  tradability: { break_even_bp: 7, cost_bp: 6.5 },
};

describe('what a run amounts to', () => {
  it.each([
    ['skill', {}],
    ['skill', { tradability: null }],
    ['skill', { without_best: null }],
    ['skill', { tradability: { break_even_bp: 6.5, cost_bp: 6.5 } }],
    ['not tradable', { tradability: { break_even_bp: 0.8, cost_bp: 6.5 } }],
    ['not tradable', { tradability: { break_even_bp: -2, cost_bp: 0 } }],
    ['not tradable', { tradability: { break_even_bp: Number.NaN, cost_bp: 6 } }],
    // What has no skill is not said to be significant, whatever it would bring.
    ['no skill', { p_value: 0.05 }],
    ['no skill', { skill: -0.1, tradability: { break_even_bp: 0.8, cost_bp: 6.5 } }],
    ['one symbol', { without_best: { skill: 0.008, p_value: 0.46 } }],
    ['coarse ticks', { without_coarse: { symbols: 5, skill: null, p_value: null } }],
    ['skill', { without_coarse: { symbols: 1, skill: 0.01, p_value: 0.01 } }],
    ['one symbol', { without_best: { skill: 0, p_value: 0.01 }, tradability: { break_even_bp: 0.8, cost_bp: 6.5 } }],
    ['constant', { constant: true }],
  ] satisfies [string, Partial<FindingFigures>][])('is %s for %j', (finding, change) => {
    expect(findingOf({ ...good, ...change })).toBe(finding);
  });
});
