import { describe, expect, it } from 'vitest';
import { faultFigures } from './figures.ts';
import { outcome, skipped } from './outcome.ts';

const fine = {
  ...{ name: 'f', does: '', delivered: 9, stored: 9, lost: 0, lost_without_row: 0, lying_bars: 0, bars_incomplete: 0 },
  ...{ signals_missing: 0, signals_doubled: 0 },
  ...{ harmed: false, told_s: null, healthy_s: 1, said: null, examples: [], quiet: false },
};

describe('what is asked of a fault', () => {
  it('need not be told where nothing was harmed, and has to be where something was', () => {
    expect(outcome(fine).violations).toEqual([]);
    expect(outcome({ ...fine, lost: 2, harmed: true }).violations).toEqual(['never told']);
    expect(outcome({ ...fine, lost: 2, harmed: true, told_s: 89 }).violations).toEqual([]);
    expect(outcome({ ...fine, told_s: 91 }).violations).toEqual(['told after 91 s']);
  });

  it('is neither a row that nobody knows of, nor a lie, nor a pipeline that stays as it is', () => {
    const wrong = { lost_without_row: 2, lying_bars: 1, signals_missing: 3, signals_doubled: 4, healthy_s: null };
    expect(outcome({ ...fine, ...wrong }).violations).toEqual([
      ...['2 ticks lost without a row', '1 bars lie', '3 signals are missing', '4 signals came twice'],
      'not healthy by itself within 120 s',
    ]);
  });

  it('is nothing to be told where nothing happens', () => {
    const said = { quiet: true, told_s: 3, said: 'ingest: it burns' };
    expect(outcome({ ...fine, ...said }).violations).toEqual(['a false alarm: ingest: it burns']);
  });
});

describe('the totals of faults', () => {
  const value = (rows: Parameters<typeof faultFigures>[0], name: string) =>
    faultFigures(rows).find((figure) => figure.name === name)?.value;

  it('sum what is lost, and take the longest of the times; never is longer than any', () => {
    const rows = [outcome({ ...fine, told_s: 8, lost_without_row: 3 }), outcome({ ...fine, told_s: 4, lying_bars: 2 })];
    expect(value(rows, 'faults')).toBe(2);
    expect(value(rows, 'lost_without_row')).toBe(3);
    expect(value(rows, 'lying_bars')).toBe(2);
    expect(value(rows, 'told_s_max')).toBe(8);
    expect(value(rows, 'healthy_s_max')).toBe(1);
    expect(value([outcome({ ...fine, harmed: true })], 'told_s_max')).toBe(Number.POSITIVE_INFINITY);
    expect(value([outcome({ ...fine, healthy_s: null })], 'healthy_s_max')).toBe(Number.POSITIVE_INFINITY);
  });

  it('do not count what was skipped as planted', () => {
    const rows = [outcome(fine), skipped({ name: 'g', does: '' }, 'nothing can be mounted')];
    expect(value(rows, 'faults')).toBe(1);
    expect(value(rows, 'faults_skipped')).toBe(1);
    expect(value(rows, 'faults_violating')).toBe(0);
  });
});
