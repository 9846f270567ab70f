import type { Frame } from '#lib/frame.ts';
import type { BarContext } from '#models/baseline.ts';
import { rowsBetween } from '#models/frame_rows.ts';
import { rowsThrough } from '#models/validation/walk_forward.ts';

/**
 * Two spells of a training part to choose between baselines by, because on the rows of its fit the one with more numbers always
 * wins: the last fifth of its bars, and those before it, purged by horizon + 1.
 * @throws RangeError where nothing is left before
 */
export function holdOut(train: Frame, { horizon, barMicros }: BarContext): [Frame, Frame] {
  const [first, last] = [train.ts[0], train.ts[train.rows - 1]];
  const cut = last - Math.round((last - first) / 5);
  const earlier = rowsThrough(train.ts, cut - (horizon + 1) * barMicros);
  const later = rowsThrough(train.ts, cut - 1);
  if (earlier === 0) throw new RangeError(`${train.rows} training rows are too few to choose a baseline on`);
  return [rowsBetween(train, 0, earlier), rowsBetween(train, later, train.rows)];
}
