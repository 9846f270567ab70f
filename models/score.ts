import { UserError } from '#lib/errors.ts';
import { column, type Frame } from '#lib/frame.ts';
import { predictRows } from './predict.ts';
import type { TrainedModel } from './trained.ts';
import { gainPValue } from './validation/bootstrap.ts';
import { skillOf } from './validation/metric_rows.ts';
import { meanOf } from './validation/metrics.ts';

/** Mean losses of a model and of its baseline on some rows. */
export interface LossPair {
  loss: number;
  baseline: number;
  skill: number;
  rows: number;
}

/** How a model that is fitted already does on rows that are new to it. */
export interface ModelScore extends LossPair {
  /** Which forecast the baseline is. */
  baselineName: string;
  /** One-sided, by the bootstrap of the validation; null where the rows span too few bars for one. */
  pValue: number | null;
  /** Why there is no p-value. */
  pValueMissing: string | null;
  /** Distinct bars of time, and the open times of the first and the last, microseconds. */
  bars: number;
  from: number;
  until: number;
  /** Skill against each forecast beside the baseline. */
  besides: Record<string, number>;
  bySymbol: (LossPair & { symbol: string })[];
  /** By day of UTC, the earliest first. */
  byDay: (LossPair & { day: string })[];
}

const dayMicros = 86_400e6;

/**
 * Scores a model and its fitted baselines on a frame with labels. Nothing is fitted.
 * @throws UserError when the frame lacks one of the model's features
 */
export function scoreModel(trained: TrainedModel, frame: Frame): ModelScore {
  const { definition, baselines, barMicros, horizon, seed } = trained;
  const { [definition.baseline.name]: baseline, ...others } = baselines;
  const target = column(frame, definition.target);
  const losses = definition.loss.rows(predictRows(trained, frame), target);
  const naive = definition.loss.rows(baseline.predict(frame), target);
  const gains = losses.map((loss, row) => naive[row] - loss);
  const slices = (keyOf: (row: number) => number) => slicesBy(losses, naive, keyOf);
  return {
    ...pairOf(losses, naive),
    ...pValueOf({ ts: frame.ts, gains, barMicros, horizon, seed }),
    baselineName: baseline.name,
    ...{ bars: new Set(frame.ts).size, from: frame.ts[0], until: frame.ts[frame.rows - 1] },
    besides: Object.fromEntries(
      Object.entries(others).map(([name, other]) => {
        const beside = meanOf(definition.loss.rows(other.predict(frame), target));
        return [name, skillOf(meanOf(losses), beside)];
      }),
    ),
    bySymbol: slices((row) => frame.symbolOf[row]).map(({ key, ...pair }) => ({ symbol: frame.symbols[key], ...pair })),
    byDay: slices((row) => Math.floor(frame.ts[row] / dayMicros)).map(({ key, ...pair }) => ({
      ...{ day: new Date((key * dayMicros) / 1000).toISOString().slice(0, 10) },
      ...pair,
    })),
  };
}

function pValueOf(input: Parameters<typeof gainPValue>[0]): Pick<ModelScore, 'pValue' | 'pValueMissing'> {
  try {
    return { pValue: gainPValue(input).pValue, pValueMissing: null };
  } catch (error) {
    // The losses of a few hours are worth a look all the same.
    if (error instanceof UserError) return { pValue: null, pValueMissing: error.message };
    throw error;
  }
}

function pairOf(losses: Float64Array, naive: Float64Array): LossPair {
  const [loss, baseline] = [meanOf(losses), meanOf(naive)];
  return { loss, baseline, skill: skillOf(loss, baseline), rows: losses.length };
}

/** The rows that share a key, in the order of the keys. */
function slicesBy(losses: Float64Array, naive: Float64Array, keyOf: (row: number) => number) {
  const sums = new Map<number, { loss: number; baseline: number; rows: number }>();
  for (let row = 0; row < losses.length; row++) {
    const key = keyOf(row);
    const sum = sums.get(key) ?? { loss: 0, baseline: 0, rows: 0 };
    if (sum.rows === 0) sums.set(key, sum);
    sum.loss += losses[row];
    sum.baseline += naive[row];
    sum.rows++;
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([key, { loss, baseline, rows }]) => ({
      ...{ key, loss: loss / rows, baseline: baseline / rows },
      ...{ skill: skillOf(loss, baseline), rows },
    }));
}
