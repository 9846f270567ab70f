import { describe, expect, it } from 'vitest';
import { defaultLimits, gate, gateRunOf, type KeptRun } from './promotion_gate.ts';

const good = {
  ...{ skill: 0.03, pValue: 0.01, withoutBest: { skill: 0.02, pValue: 0.02 }, withoutCoarse: null },
  ...{ tradability: { breakEven: 7, cost: 6.5 }, constant: false, simulated: false, shuffled: false },
  excludedShare: 0.01,
};
const better = { loss: 0.9, championLoss: 1, rows: 1_000, bars: 100 };

describe('gate', () => {
  it('lets a run with skill through, with or without a champion that it beats', () => {
    expect(gate(good, null)).toEqual({ passes: true, reasons: ['skill 0.03 with p = 0.01'] });
    expect(gate(good, better).passes).toBe(true);
    expect(gate({ ...good, withoutBest: null }, null).passes).toBe(true);
    expect(gate({ ...good, tradability: null }, null).passes).toBe(true);
    expect(gate({ ...good, tradability: { breakEven: 6.5, cost: 6.5 } }, null).passes).toBe(true);
  });

  it.each([
    [{ simulated: true }, /simulated market/],
    [{ shuffled: true }, /labels were shuffled/],
    [{ constant: true }, /constant/],
    [{ skill: 0 }, /skill is 0, not above 0/],
    [{ skill: Number.NaN }, /skill is NaN/],
    [{ pValue: 0.05 }, /p-value is 0.05, not below 0.05/],
    [{ pValue: Number.NaN }, /p-value is NaN/],
    [{ withoutBest: { skill: 0, pValue: 0.02 } }, /without its best symbol its skill is 0, not above 0/],
    [{ withoutBest: { skill: 0.02, pValue: 0.46 } }, /without its best symbol its p-value is 0.46, not below 0.05/],
    [
      { withoutCoarse: { symbols: 2, skill: -0.01, pValue: 0.01 } },
      /ticks of 5 basis points or more its skill is -0.01, not/,
    ],
    [
      { withoutCoarse: { symbols: 2, skill: 0.02, pValue: 0.3 } },
      /ticks of 5 basis points or more its p-value is 0.3, not/,
    ],
    [{ withoutCoarse: { symbols: 5, skill: null, pValue: null } }, /all of its symbols have ticks of 5 basis points/],
    [{ withoutBest: { skill: 0.02, pValue: Number.NaN } }, /without its best symbol its p-value is NaN/],
    [
      { tradability: { breakEven: 2.968, cost: 6 } },
      /break-even cost is 2.968 basis points a side, and a side costs 6/,
    ],
    [{ tradability: { breakEven: -1, cost: 0 } }, /break-even cost is -1/],
    [{ tradability: { breakEven: Number.NaN, cost: 6 } }, /break-even cost is NaN/],
    [{ excludedShare: 0.2 }, /20 % of its rows were excluded/],
    [{ excludedShare: Number.NaN }, /excluded/],
  ])('stops %o', (change, reason) => {
    const { passes, reasons } = gate({ ...good, ...change }, better);
    expect(passes).toBe(false);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
  });

  it.each([
    [{ loss: 1 }, /its loss is 1 and the champion's 1 on the same 1000 rows/],
    [{ loss: Number.NaN }, /loss is NaN/],
    [{ bars: defaultLimits.comparisonBars - 1 }, /only 59 bars are unseen/],
    [{ bars: 0, rows: 0, loss: Number.NaN, championLoss: Number.NaN }, /only 0 bars/],
  ])('stops a challenger that has not beaten the champion: %o', (change, reason) => {
    const { passes, reasons } = gate(good, { ...better, ...change });
    expect(passes).toBe(false);
    expect(reasons).toEqual([expect.stringMatching(reason)]);
  });

  it('asks whether it can be traded of a model that is judged by the side it says, not of intervals', () => {
    const kept: KeptRun = {
      ...{ metric: 'squared_error', skill: 0.03, p_value: 0.01, without_best: { skill: 0.02, p_value: 0.02 } },
      without_coarse: null,
      ...{ tradability: { break_even_bp: 0.8, cost_bp: 6 }, constant: false, simulated: false, shuffled: false },
      excluded_share: 0.01,
    };
    expect(gate(gateRunOf(kept), null).reasons).toEqual([
      'its break-even cost is 0.8 basis points a side, and a side costs 6',
    ]);
    expect(gate(gateRunOf({ ...kept, metric: 'mean_pinball' }), null).passes).toBe(true);
    expect(gate(gateRunOf({ ...kept, tradability: null }), null).passes).toBe(true);
  });

  it('gives every reason at once', () => {
    expect(gate({ ...good, skill: -1, pValue: 1, simulated: true }, null).reasons).toHaveLength(3);
  });
});
