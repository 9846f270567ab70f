import { type Figure, figure } from '#app/bench/report.ts';
import type { Outcome } from './outcome.ts';

/** The totals. Where a fault was never told or never over, the greatest time is infinite, which JSON writes as null. */
export function faultFigures(outcomes: readonly Outcome[]): Figure[] {
  const planted = outcomes.filter(({ skipped }) => skipped === null);
  const sum = (of: (row: Outcome) => number) => planted.reduce((total, row) => total + of(row), 0);
  const most = (of: (row: Outcome) => number) => planted.reduce((greatest, row) => Math.max(greatest, of(row)), 0);
  const never = Number.POSITIVE_INFINITY;
  return [
    figure('faults', planted.length, 'faults', 'more'),
    figure('faults_skipped', outcomes.length - planted.length, 'faults', 'less'),
    figure('faults_violating', planted.filter(({ violations }) => violations.length > 0).length, 'faults', 'less'),
    figure(
      'lost_without_row',
      sum((row) => row.lost_without_row),
      'ticks',
      'less',
    ),
    figure(
      'lying_bars',
      sum((row) => row.lying_bars),
      'bars',
      'less',
    ),
    ...(['signals_missing', 'signals_doubled'] as const).map((name) =>
      figure(
        name,
        sum((row) => row[name]),
        'rows',
        'less',
      ),
    ),
    figure(
      'told_s_max',
      most((row) => row.told_s ?? (row.harmed ? never : 0)),
      's',
      'less',
    ),
    figure(
      'healthy_s_max',
      most((row) => row.healthy_s ?? never),
      's',
      'less',
    ),
  ];
}
