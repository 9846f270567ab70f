import { column, type Frame } from '#lib/frame.ts';
import type { ModelDefinition } from '#models/definition.ts';
import { pointsAlone } from '#models/quantile_rows.ts';

/** How a model puts the symbols of a bar in order, and what that order is compared with, a number a row. */
export interface RankSignal {
  /** The higher, the more of `outcome` is expected. */
  of(predictions: Float64Array): Float64Array;
  outcome: Float64Array;
}

/** Log return over the next h bars. */
export const returnColumn = 'label_log_return';

/**
 * Direction: the probability of up, and the log return. Momentum: P(accelerating) − P(decelerating), and the next log
 * return less the last. A regression: its prediction, and its target; quantiles: the point forecast beside them.
 * @param rows the rows that are predicted
 */
export function rankSignal({ target, task }: ModelDefinition, rows: Frame): RankSignal {
  if (target === 'label_up') {
    return {
      of: (probabilities) => Float64Array.from({ length: rows.rows }, (_, row) => probabilities[2 * row + 1]),
      outcome: column(rows, returnColumn),
    };
  }
  if (target === 'label_momentum_class') {
    const last = column(rows, 'label_last_return');
    return {
      of: (probabilities) =>
        Float64Array.from({ length: rows.rows }, (_, row) => probabilities[3 * row + 2] - probabilities[3 * row]),
      outcome: column(rows, returnColumn).map((next, row) => next - last[row]),
    };
  }
  return { of: task.kind === 'quantiles' ? pointsAlone : (predictions) => predictions, outcome: column(rows, target) };
}

/** Whether a prediction says which way to trade: only then it has a return and costs. */
export function saysSide({ target }: ModelDefinition): boolean {
  return target === 'label_up' || target === returnColumn;
}
