import { column, type Frame } from '#lib/frame.ts';
import type { Baseline, FittedBaseline } from './baseline.ts';
import { classShares } from './baselines/base_rate.ts';
import { unconditionalQuantiles } from './baselines/return_quantiles.ts';
import type { ModelDefinition } from './definition.ts';
import { type Task, widthOf } from './task.ts';
import { meanOf } from './validation/metrics.ts';

/** The expected labels of all rows together, and of each symbol's. */
type Fitted = { all: number[]; symbols: Record<string, number[]> };

/**
 * What is left to know of labels that were shuffled within their symbols: the symbol's own training mean, or the shares of
 * its classes. A model's usual baseline keeps its skill there, for the columns that it reads move with the labels, and a
 * leak that is smaller than that skill would stay unseen. The mean of all symbols together would be beaten without a leak:
 * a feature may tell a wild coin from a quiet one, and the labels of each are still its own (measured on 2,000 recorded bars of
 * ten symbols: volatility with a skill of 0.28 against that mean and p < 0.05 in 20 of 20 rotations, and in none against these). Of
 * returns in quantiles these are the symbol's own.
 */
export function chanceBaseline({ task, target }: Pick<ModelDefinition, 'task' | 'target'>): Baseline {
  if (task.kind === 'quantiles') return unconditionalQuantiles;
  const name = task.kind === 'regression' ? 'symbol_mean' : 'symbol_base_rate';
  return {
    name,
    fit(train) {
      const labels = column(train, target);
      const all = expected(labels, task);
      const bySymbol = Map.groupBy(labels.keys(), (row) => train.symbols[train.symbolOf[row]]);
      const own = new Map(
        [...bySymbol].map(([symbol, rows]) => {
          const ofSymbol = Float64Array.from(rows, (row) => labels[row]);
          // As if one row more were as all symbols are together: no class of these has the probability 0.
          const { length } = ofSymbol;
          return [symbol, expected(ofSymbol, task).map((value, i) => (length * value + all[i]) / (length + 1))];
        }),
      );
      return forecast({ all, symbols: Object.fromEntries(own) });
    },
    load: ({ parameters }) => forecast(parameters as Fitted),
  };

  function forecast(parameters: Fitted): FittedBaseline {
    const { all, symbols } = parameters;
    const predict = (frame: Frame) => {
      const width = widthOf(task);
      const out = new Float64Array(frame.rows * width);
      const known = frame.symbols.map((symbol) => symbols[symbol] ?? all);
      for (let row = 0; row < frame.rows; row++) out.set(known[frame.symbolOf[row]], row * width);
      return out;
    };
    return { name, parameters, reads: [], predict };
  }
}

/** The forecast for any row: the mean as the only number, or the share of each class. */
function expected(labels: Float64Array, task: Exclude<Task, { kind: 'quantiles' }>): number[] {
  return task.kind === 'regression' ? [meanOf(labels)] : classShares(labels, task.classes);
}
