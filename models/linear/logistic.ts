import { setImmediate as pause } from 'node:timers/promises';
import { addGram, dot, penalisedSolver } from './gram.ts';
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
  const gradients = weights.map((w) => w.map((value, i) => (i < p - 1 ? -penalty * value : 0)));
  blocks((block, start, rows) => {
    const residuals = blockProbabilities(block, rows, weights);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < weights.length; k++) {
        residuals[k][row] = (target[start + row] === k ? 1 : 0) - residuals[k][row];
      }
    }
    residuals.forEach((residual, k) => {
      for (let i = 0; i < p; i++) gradients[k][i] += dot(block[i], residual, rows);
    });
  });
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
  for (let i = 0; i < weights.length; i++) addScaled(scores, block[i], weights[i], rows);
  return scores;
}

function addScaled(into: Float64Array, values: Float64Array, weight: number, rows: number): void {
  for (let row = 0; row < rows; row++) into[row] += weight * values[row];
}
