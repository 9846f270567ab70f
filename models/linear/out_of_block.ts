import { UserError } from '#lib/errors.ts';
import type { RowTimes } from '#models/engine.ts';
import { rowsThrough } from '#models/validation/walk_forward.ts';
import { blockScores } from './logistic.ts';
import { fitRidgeToParts } from './ridge.ts';
import { fitScaler, forEachBlock } from './scaler.ts';

/** Spells of equal length that the rows are parted into. More cost more, and each fit lacks less. */
const spells = 4;

/**
 * What ridge regression predicts of each row by a fit to the rows of other spells of time (cross-validation+: Barber et al., Annals of
 * Statistics 49, 2021), purged and embargoed on both sides as folds are. Only the scaler is that of all rows.
 * @param time of the rows; they are ordered by it
 * @throws UserError where there are too few bars to part
 */
export function ridgeOutOfBlock(
  columns: Float64Array[],
  target: Float64Array,
  { ridge, clip }: { ridge: number; clip: number },
  { ts, horizon, barMicros }: RowTimes,
): Float64Array {
  const scaler = fitScaler(columns, clip);
  const [first, last] = [ts[0], ts[ts.length - 1] + barMicros];
  const reach = (2 * horizon + 1) * barMicros;
  const cut = (spell: number) => first + ((last - first) * spell) / spells;
  const blocks = Array.from({ length: spells }, (_, spell) => ({
    block: { from: rowsThrough(ts, cut(spell) - 1), until: rowsThrough(ts, cut(spell + 1) - 1) },
    others: [
      { from: 0, until: rowsThrough(ts, cut(spell) - 1 - reach) },
      { from: rowsThrough(ts, cut(spell + 1) - 1 + reach), until: ts.length },
    ].filter(({ from, until }) => until > from),
  })).filter(({ block: { from, until } }) => until > from);
  if (blocks.some(({ others }) => others.length === 0))
    throw new UserError(
      `${(last - first) / barMicros} bars are too few to fit intervals ${horizon} bars ahead.`,
      'Train on more bars.',
    );
  const fits = fitRidgeToParts(
    columns,
    target,
    scaler,
    ridge,
    blocks.map(({ others }) => others),
  );
  const predictions = new Float64Array(target.length);
  for (const [i, { block: of }] of blocks.entries()) {
    const part = columns.map((values) => values.subarray(of.from, of.until));
    forEachBlock(part, scaler, (block, start, rows) => {
      predictions.set(blockScores(block, rows, fits[i]), of.from + start);
    });
  }
  return predictions;
}
