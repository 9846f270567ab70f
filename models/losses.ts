/**
 * The loss of each row, given predictions (n numbers, or n × K row-major probabilities or quantiles) and n targets. Lower
 * is better, and for each the best possible prediction is the truth's expectation, distribution or quantiles.
 */
export interface Loss {
  name: 'brier' | 'log_loss' | 'squared_error' | 'mean_pinball';
  rows(predictions: Float64Array, target: Float64Array): Float64Array;
}

/** A probability counts as at least this much, so that one certain mistake costs 13.8 and not infinity. */
export const smallestProbability = 1e-6;

/** (p(up) − up)² of two classes (Brier, 1950, for one of the two). */
export const brier: Loss = {
  name: 'brier',
  rows: (probabilities, target) => target.map((up, row) => (probabilities[2 * row + 1] - up) ** 2),
};

/** −ln of the probability that was given to the class that came. */
export const logLoss: Loss = {
  name: 'log_loss',
  rows(probabilities, target) {
    const classes = probabilities.length / target.length;
    return target.map((came, row) => -Math.log(Math.max(smallestProbability, probabilities[row * classes + came])));
  },
};

/** (prediction − target)². */
export const squaredError: Loss = {
  name: 'squared_error',
  rows: (predictions, target) => target.map((value, row) => (predictions[row] - value) ** 2),
};

/** Levels of the quantiles that intervals are made of: the outer two hold 90 % of what comes, the inner two 50 %. */
export const quantileLevels = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/**
 * Mean over the levels τ of max(τ (y − q), (τ − 1) (y − q)), where q is the predicted quantile and y what came (Koenker
 * and Bassett, Econometrica 46, 1978). In the unit of the target.
 */
export const meanPinball: Loss = {
  name: 'mean_pinball',
  rows: (quantiles, target) => pinballs(quantiles, target, quantileLevels.length),
};

/** The same of rows that end with a point forecast, which has no part in it. */
export const pinballBesidePoint: Loss = {
  name: 'mean_pinball',
  rows: (predictions, target) => pinballs(predictions, target, quantileLevels.length + 1),
};

/** @param width numbers of a row, of which the quantiles come first */
function pinballs(quantiles: Float64Array, target: Float64Array, width: number): Float64Array {
  if (quantiles.length !== width * target.length)
    throw new RangeError(`${target.length} rows have ${quantiles.length} numbers and not ${width} each`);
  return target.map((value, row) => {
    let sum = 0;
    for (const [k, level] of quantileLevels.entries()) {
      const above = value - quantiles[row * width + k];
      sum += Math.max(level * above, (level - 1) * above);
    }
    return sum / quantileLevels.length;
  });
}
