import { expect, it } from 'vitest';
import type { Frame } from '#lib/frame.ts';
import { unconditionalQuantiles } from './baselines/return_quantiles.ts';
import { chanceBaseline } from './chance_baseline.ts';
import { quantileLevels } from './losses.ts';

const context = { horizon: 1, barMicros: 60e6 };

/** Rows of the symbols 0 and 1 by their labels, in turn. */
function frameOf(symbols: string[], symbolOf: number[], label: number[]): Frame {
  return {
    rows: label.length,
    ts: Float64Array.from(label, (_, row) => row * 60e6),
    symbols,
    symbolOf: Uint16Array.from(symbolOf),
    columns: new Map([['label', Float64Array.from(label)]]),
  };
}

it('is the mean of each symbol, with one row more of the mean of all', () => {
  const baseline = chanceBaseline({ task: { kind: 'regression' }, target: 'label' });
  const { name, predict } = baseline.fit(frameOf(['A', 'B'], [0, 1, 0, 1, 0, 1], [1, 10, 2, 20, 3, 30]), context);
  expect(name).toBe('symbol_mean');
  // All: 11. A: (1 + 2 + 3 + 11) / 4; B: (10 + 20 + 30 + 11) / 4. A symbol that was not there has the mean of all.
  const later = frameOf(['B', 'C', 'A'], [0, 1, 2], [0, 0, 0]);
  expect([...predict(later)]).toEqual([17.75, 11, 4.25]);
});

it('is the share of each class in each symbol, and never 0 for a class that came in another', () => {
  const baseline = chanceBaseline({ task: { kind: 'classes', classes: 3 }, target: 'label' });
  const { name, predict } = baseline.fit(frameOf(['A', 'B'], [0, 1, 0, 1], [0, 1, 0, 2]), context);
  expect(name).toBe('symbol_base_rate');
  // All: ½, ¼, ¼. A: (2 + ½) / 3, (0 + ¼) / 3, (0 + ¼) / 3; B: (0 + ½) / 3, (1 + ¼) / 3, (1 + ¼) / 3.
  const came = [...predict(frameOf(['A', 'B'], [0, 1], [0, 0]))];
  const expected = [2.5 / 3, 0.25 / 3, 0.25 / 3, 0.5 / 3, 1.25 / 3, 1.25 / 3];
  for (const [i, value] of expected.entries()) expect(came[i]).toBeCloseTo(value, 14);
});

it('is the quantiles of each symbol for a model of quantiles', () => {
  const task = { kind: 'quantiles', levels: quantileLevels } as const;
  expect(chanceBaseline({ task, target: 'label_log_return' })).toBe(unconditionalQuantiles);
});
