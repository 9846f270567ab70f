/**
 * The loss of each row, given predictions (n numbers, or n × K row-major probabilities) and n targets. Lower is
 * better, and for each the best possible prediction is the truth's expectation or distribution.
 */
export interface Loss {
  name: 'brier' | 'log_loss' | 'squared_error';
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
