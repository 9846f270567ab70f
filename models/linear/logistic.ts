import { setImmediate as pause } from 'node:timers/promises';
import { addFourDots, addGram, dot, penalisedSolver } from './gram.ts';
import { type Blocks, blocksOf, type Scaler } from './scaler.ts';

export interface LogisticFit {
  /** Of each class a weight per column, then the intercept; they sum to zero over the classes. */
  weights: Float64Array[];
  iterations: number;
  converged: boolean;
}

const mostIterations = 300;
/** Largest mean gradient at which the optimum counts as found; coefficients are then exact to about as much. */
const tolerance = 1e-6;

/**
 * Multinomial logistic regression with a ridge penalty: minimises −Σ ln p(class) + (ridge × n / K) / 2 × Σ |w|² over
 * symmetric weights. Newton steps use the fixed upper bound ½ ZᵀZ of the curvature (Böhning, 1992) in place of the
 * curvature itself: one Gram matrix and one Cholesky factor serve all steps and classes, each step costs one pass over
 * the rows, and the objective never rises. Other work, and the signal, get their turn between the steps.
 */
export async function fitLogistic(
  columns: Float64Array[],
  target: Float64Array,
  classes: number,
  scaler: Scaler,
  ridge: number,
  signal?: AbortSignal,
): Promise<LogisticFit> {
  const [p, n] = [columns.length + 1, target.length];
  const penalty = (ridge * n) / classes;
  const gram = new Float64Array(p * p);
  const blocks = blocksOf(columns, scaler);
  blocks((block, _, rows) => addGram(gram, block, rows));
  const solve = penalisedSolver(gram, p, 0.5, penalty);
  const weights = Array.from({ length: classes }, () => new Float64Array(p));
  for (let iterations = 0; iterations < mostIterations; iterations++) {
    await pause();
    signal?.throwIfAborted();
    const gradients = gradientsOf(blocks, target, weights, penalty);
    const largest = gradients.reduce((most, g) => g.reduce((m, value) => Math.max(m, Math.abs(value)), most), 0);
    if (largest <= tolerance * n) return { weights, iterations, converged: true };
    gradients.forEach((gradient, k) => {
      const step = solve(gradient);
      for (let i = 0; i < p; i++) weights[k][i] += step[i];
    });
  }
  return { weights, iterations: mostIterations, converged: false };
}

/** Downhill gradients: Σ (1[class k came] − p(k)) z − penalty × w, of each class. */
function gradientsOf(blocks: Blocks, target: Float64Array, weights: Float64Array[], penalty: number): Float64Array[] {
  const p = weights[0].length;
  const last = weights.length - 1;
  const gradients = weights.map((w) => w.map((value, i) => (i < p - 1 ? -penalty * value : 0)));
  blocks((block, start, rows) => {
    const residuals = blockProbabilities(block, rows, weights);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < weights.length; k++) {
        residuals[k][row] = (target[start + row] === k ? 1 : 0) - residuals[k][row];
      }
    }
    // The residuals of a row sum to zero over the classes, and so do the weights: the last gradient follows from the others.
    for (let k = 0; k < last; k++) {
      const [x, sums] = [residuals[k], gradients[k]];
      let i = 0;
      for (; i + 3 < p; i += 4) addFourDots(sums, i, rows, x, block[i], block[i + 1], block[i + 2], block[i + 3]);
      for (; i < p; i++) sums[i] += dot(block[i], x, rows);
    }
  });
  for (let i = 0; i < p; i++) {
    let others = 0;
    for (let k = 0; k < last; k++) others += gradients[k][i];
    gradients[last][i] = -others;
  }
  return gradients;
}

/** The probability of each class (one array per class) for the rows of a standardised block. */
export function blockProbabilities(block: Float64Array[], rows: number, weights: Float64Array[]): Float64Array[] {
  return toProbabilities(
    weights.map((w) => blockScores(block, rows, w)),
    rows,
  );
}

/** The softmax of each row, in place. */
export function toProbabilities(scores: Float64Array[], rows: number): Float64Array[] {
  for (let row = 0; row < rows; row++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (const score of scores) largest = Math.max(largest, score[row]);
    let sum = 0;
    for (const score of scores) {
      score[row] = Math.exp(score[row] - largest);
      sum += score[row];
    }
    for (const score of scores) score[row] /= sum;
  }
  return scores;
}

/** Weighted sums of a block's columns. */
export function blockScores(block: Float64Array[], rows: number, weights: Float64Array): Float64Array {
  const scores = new Float64Array(rows);
  let i = 0;
  for (; i + 3 < weights.length; i += 4) {
    const [a, b, c, d] = [block[i], block[i + 1], block[i + 2], block[i + 3]];
    const [wa, wb, wc, wd] = [weights[i], weights[i + 1], weights[i + 2], weights[i + 3]];
    // Four columns a pass: the scores are read and written a quarter as often. Added from the left, as one by one.
    for (let row = 0; row < rows; row++)
      scores[row] = scores[row] + wa * a[row] + wb * b[row] + wc * c[row] + wd * d[row];
  }
  for (; i < weights.length; i++) addScaled(scores, block[i], weights[i], rows);
  return scores;
}

function addScaled(into: Float64Array, values: Float64Array, weight: number, rows: number): void {
  for (let row = 0; row < rows; row++) into[row] += weight * values[row];
}
