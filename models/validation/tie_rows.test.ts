import { describe, expect, it } from 'vitest';
import type { Frame } from '#lib/frame.ts';
import { modelNamed } from '#models/catalogue.ts';
import { tieRows } from './tie_rows.ts';
import type { Fold } from './walk_forward.ts';

/** Two symbols, four bars, of which the last three are tested. */
const frame: Frame = {
  rows: 8,
  ts: Float64Array.from([0, 0, 1, 1, 2, 2, 3, 3]),
  symbols: ['A-USDT', 'B-USDT'],
  symbolOf: Uint16Array.from([0, 1, 0, 1, 0, 1, 0, 1]),
  columns: new Map([['label_log_return', Float64Array.from([0, 0, 0.1, 0, -0.1, 0, 1e-12, 0])]]),
};
const fold = (index: number, from: number, until: number): Fold => ({
  ...{ index, train: { from: 0, until: 2 }, test: { from, until } },
  ...{ trainUntil: 0, testFrom: from, testUntil: until },
});
const folds = [fold(0, 2, 4), fold(1, 4, 8)];
const losses = Float64Array.from([0.3, 0, 0.1, 0, 0.2, 0.5]);
const baseline = Float64Array.from([0.2, 0.9, 0.4, 0.9, 0.2, 0.9]);

describe('ties', () => {
  it('are counted and left out, by slice of the test rows', () => {
    const rows = tieRows(modelNamed('direction_predictor'), frame, folds, losses, baseline);
    const value = (metric: string, fold: number, symbol: string | null) =>
      rows.find((row) => row.metric === metric && row.fold === fold && row.symbol === symbol)?.value;
    // A-USDT moved at each of the three bars, the last time by very little; B-USDT never did.
    expect(value('share_of_ties', -1, null)).toBe(0.5);
    expect(value('share_of_ties', -1, 'B-USDT')).toBe(1);
    expect(value('skill_without_ties', -1, null)).toBeCloseTo(1 - 0.6 / 0.8, 12);
    expect(value('skill_without_ties', -1, 'A-USDT')).toBeCloseTo(0.25, 12);
    expect(value('skill_without_ties', 0, null)).toBeCloseTo(1 - 0.3 / 0.2, 12);
    // Of nothing but ties there is no skill to tell.
    expect(value('skill_without_ties', -1, 'B-USDT')).toBeUndefined();
  });

  it('are no figure of other models', () => {
    expect(tieRows(modelNamed('price_predictor'), frame, folds, losses, baseline)).toEqual([]);
  });
});
