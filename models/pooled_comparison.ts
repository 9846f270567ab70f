import { column, type Frame, valuesAt } from '#lib/frame.ts';
import { pooledEngine } from './candidate.ts';
import type { ModelDefinition } from './definition.ts';
import { gainPValue } from './validation/bootstrap.ts';
import type { CandidateResult } from './validation/cross_validate.ts';
import { type MetricRow, slicesOf } from './validation/metric_rows.ts';
import { meanOf } from './validation/metrics.ts';
import type { Fold } from './validation/walk_forward.ts';

/**
 * Whether a model of each regime helped: of every candidate that is one, its loss on each slice of the test rows beside
 * that of the pooled model of the same engine (`loss_vs_pooled`), and over all of them the one-sided p-value of the gain
 * (`p_value_vs_pooled`, by the same bootstrap as against the baseline; not corrected).
 * @returns the figures of each candidate, in the order of the candidates; none for one that has no pooled counterpart
 */
export function comparedWithPooled(
  { target }: ModelDefinition,
  frame: Frame,
  folds: Fold[],
  results: readonly CandidateResult[],
  context: { horizon: number; barMicros: number; seed: number },
): MetricRow[][] {
  const first = folds[0].test.from;
  const rows = column(frame, target).length - first;
  return results.map(({ candidate, losses }) => {
    const pooled = results.find((each) => each.candidate.name === pooledEngine(candidate.engine));
    if (!pooled) return [];
    if (losses.length !== rows)
      throw new RangeError(`${candidate.name} was judged on ${losses.length} of ${rows} rows`);
    const mean = (of: Float64Array, at: Uint32Array) => meanOf(valuesAt(of, at));
    const gains = losses.map((loss, row) => pooled.losses[row] - loss);
    const { pValue } = gainPValue({ ts: frame.ts.subarray(first), gains, ...context });
    const whole = { fold: -1, split: 'test' as const, symbol: null, regime: null };
    return [
      ...slicesOf(frame, folds).map(({ fold, symbol, regime, rows: at }) => ({
        ...{ fold, split: 'test' as const, symbol, regime, metric: 'loss_vs_pooled' },
        ...{ value: mean(losses, at), baseline: mean(pooled.losses, at) },
      })),
      { ...whole, metric: 'p_value_vs_pooled', value: pValue, baseline: null },
    ];
  });
}
