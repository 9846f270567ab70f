import { UserError } from '#lib/errors.ts';

/** Rows `from` … `until − 1` of a frame. */
export interface RowRange {
  from: number;
  until: number;
}

/** One fold: everything is fitted on `train` and judged on `test`, which lies wholly later. */
export interface Fold {
  index: number;
  train: RowRange;
  test: RowRange;
  /** Bar-open time of the last training bar and of the first and last test bars, microseconds. */
  trainUntil: number;
  testFrom: number;
  testUntil: number;
}

/** Whether training parts begin at the first bar and grow, or keep the length of the first and move on. */
export type Walk = (typeof walks)[number];

export const walks = ['expanding', 'sliding'] as const;

export interface WalkForwardOptions {
  folds: number;
  /** By default expanding. */
  walk?: Walk;
  /** Bars that a label looks ahead. */
  horizon: number;
  barMicros: number;
  /** Bars left out beyond the purge; by default as many as the horizon. */
  embargoBars?: number;
  /** Share of the bars that only ever train; by default 0.4. */
  initialShare?: number;
}

export const defaultInitialShare = 0.4;

/** Folds within a training part, and the share of it that only ever trains: fits are many, and each is judged on half. */
export const innerSplit = { folds: 3, initialShare: 0.5 };

/** The fewest bars of time that can be split. */
export function barsNeeded(options: Omit<WalkForwardOptions, 'barMicros'>): number {
  const { folds, horizon, embargoBars = horizon, initialShare = defaultInitialShare } = options;
  return Math.ceil(Math.max(folds / (1 - initialShare), (2 * (horizon + 1 + embargoBars)) / initialShare));
}

/**
 * Splits time, not rows: a training part, then a test part, the same cuts for all symbols. A label of the bar that opens
 * at t is known at t + (horizon + 1) bars, so training stops that much before the first test bar opens, and `embargoBars`
 * earlier still (purging after López de Prado, 2018, chapter 7; its width follows from the label). An expanding training
 * part begins with the first bar; a sliding one has as many bars of time as the first fold's.
 * @param ts bar-open times, ascending, one a row
 * @throws UserError when there are too few bars
 */
export function walkForward(ts: Float64Array, options: WalkForwardOptions): Fold[] {
  const { folds, walk = 'expanding', horizon, barMicros } = options;
  const { embargoBars = horizon, initialShare = defaultInitialShare } = options;
  const starts = firstRows(ts);
  const initial = Math.floor(starts.length * initialShare);
  const gap = (horizon + 1 + embargoBars) * barMicros;
  const needed = barsNeeded(options);
  if (starts.length < needed) {
    throw new UserError(
      `There are ${starts.length} bars in time, and ${folds} folds at a horizon of ${horizon} need at least ${needed}.`,
      'Raise training.bars, import more history, or lower training.folds.',
    );
  }
  let length: number | undefined;
  return Array.from({ length: folds }, (_, index) => {
    const cut = (part: number) => initial + Math.floor(((starts.length - initial) * part) / folds);
    const test = { from: starts[cut(index)], until: starts[cut(index + 1)] ?? ts.length };
    const until = rowsThrough(ts, ts[test.from] - gap);
    if (until === 0) {
      throw new UserError(
        `Fold ${index + 1} has no training bar earlier than ${gap / barMicros} bars before its test part.`,
        'Raise training.bars or import more history.',
      );
    }
    const bars = starts.findLastIndex((row) => row < until) + 1;
    length ??= bars;
    const from = walk === 'sliding' ? starts[bars - length] : 0;
    const times = { trainUntil: ts[until - 1], testFrom: ts[test.from], testUntil: ts[test.until - 1] };
    return { index, train: { from, until }, test, ...times };
  });
}

/** The first row of each distinct time. */
function firstRows(ts: Float64Array): number[] {
  const starts: number[] = [];
  for (let row = 0; row < ts.length; row++) {
    if (row === 0 || ts[row] > ts[row - 1]) starts.push(row);
    else if (ts[row] < ts[row - 1]) throw new RangeError(`row ${row} is earlier than the row before it`);
  }
  return starts;
}

/** How many rows are at or before this time. */
export function rowsThrough(ts: Float64Array, time: number): number {
  let [low, high] = [0, ts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ts[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
