import type { Baseline } from '#models/baseline.ts';
import { leastSquares, weighted } from './trailing_deviation.ts';

const ranges = ['log_parkinson_5', 'log_parkinson_20', 'log_parkinson_60', 'log_parkinson_240'];

/**
 * Least squares of a log on the logs of Parkinson's deviations over the spells that the trailing deviations have: what is to be
 * had by looking at highs and lows alone.
 */
export function trailingRange(target: string): Baseline {
  return {
    name: 'trailing_range',
    needs: ranges,
    fit: (train) => ({ ...leastSquares(train, target, 'logs', ranges), name: 'trailing_range' }),
    load: ({ parameters }) => ({
      ...weighted(parameters as { weights: number[] }, 'logs', ranges),
      name: 'trailing_range',
    }),
  };
}
