import { setImmediate as pause } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import { addFourDots, addGram, dot, penalisedSolver } from '#models/linear/gram.ts';
import { blockScores } from '#models/linear/logistic.ts';
import { type Blocks, blocksOf, type Scaler } from '#models/linear/scaler.ts';

export interface GammaFit {
  /** Of the natural logarithm of the mean: a weight per column, then the intercept. */
  weights: Float64Array;
  /** Lowest and highest linear predictor of the rows that it was fitted on. */
  range: [number, number];
  /** Steps that were taken. */
  iterations: number;
}

/** A step that would change the means by less than this share, root mean square, is the last. */
const tolerance = 1e-8;
const mostPasses = 300;
/** Of a mean over the rows: what rounding alone may add to it. */
const rounding = 1e-12;

/** The objective and its downhill gradient at some weights, and the range of the linear predictor there. */
interface State {
  weights: Float64Array;
  objective: number;
  gradient: Float64Array;
  range: [number, number];
}

/**
 * Gamma regression with logarithmic link and a ridge penalty: minimises Σ (y / m + ln m) + (ridge × n / 2) × |w|², where
 * ln m = b + z·w, by Fisher scoring (McCullagh and Nelder, Generalized Linear Models, 2nd edition, 1989, chapters 2 and 8).
 * That is their quasi-likelihood of a variance in proportion to m², so that a y of 0 has its place. With this link the
 * expected curvature is ZᵀZ whatever the weights are: one Gram matrix and one Cholesky factor serve all steps, and each
 * costs one pass over the rows. Since the objective is convex, a step that is halved often enough lowers it. Other work, and
 * the signal, get their turn between the passes.
 * @param target 0 or more, and somewhere more
 * @throws UserError where the optimum is not reached
 */
export async function fitGamma(
  columns: Float64Array[],
  target: Float64Array,
  scaler: Scaler,
  ridge: number,
  signal?: AbortSignal,
): Promise<GammaFit> {
  const [p, n] = [columns.length + 1, target.length];
  const penalty = ridge * n;
  const mean = target.reduce((sum, value) => sum + value, 0) / n;
  // In units of its mean the objective of any target is about n, and so is what rounding leaves of it.
  const ratio = target.map((value) => value / mean);
  const blocks = blocksOf(columns, scaler);
  const gram = new Float64Array(p * p);
  blocks((block, _, rows) => addGram(gram, block, rows));
  const solve = penalisedSolver(gram, p, 1, penalty);

  let at = stateAt(blocks, ratio, new Float64Array(p), penalty);
  let step = solve(at.gradient);
  let [length, iterations] = [1, 0];
  for (let passes = 0; passes < mostPasses; passes++) {
    await pause();
    signal?.throwIfAborted();
    const decrement = dot(step, at.gradient, p);
    // stepᵀ ZᵀZ step and a part of the penalty: the squared change of the logarithms of the means, summed over the rows.
    if (decrement <= tolerance ** 2 * n) return inUnitsOf(mean, at, iterations);
    const next = stateAt(blocks, ratio, moved(at.weights, step, length), penalty);
    const slope = -dot(step, next.gradient, p);
    // Near the optimum rounding hides whether the objective fell; how steeply it rises beyond it is then the surer sign.
    if (next.objective <= at.objective + rounding * n && slope <= decrement / 2) {
      at = next;
      step = solve(at.gradient);
      length = Math.min(1, 2 * length);
      iterations++;
    } else length /= 2;
  }
  throw new UserError(
    `The gamma regression has not converged after ${mostPasses} passes over the rows.`,
    'Raise its parameter ridge, or lower its parameter clip.',
  );
}

function stateAt(blocks: Blocks, target: Float64Array, weights: Float64Array, penalty: number): State {
  const p = weights.length;
  const gradient = weights.map((value, i) => (i < p - 1 ? -penalty * value : 0));
  const range: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let objective = (penalty / 2) * (dot(weights, weights, p) - weights[p - 1] ** 2);
  blocks((block, start, rows) => {
    const scores = blockScores(block, rows, weights);
    for (let row = 0; row < rows; row++) {
      const score = scores[row];
      const relative = target[start + row] * Math.exp(-score);
      objective += relative + score;
      range[0] = Math.min(range[0], score);
      range[1] = Math.max(range[1], score);
      scores[row] = relative - 1;
    }
    let i = 0;
    for (; i + 3 < p; i += 4)
      addFourDots(gradient, i, rows, scores, block[i], block[i + 1], block[i + 2], block[i + 3]);
    for (; i < p; i++) gradient[i] += dot(block[i], scores, rows);
  });
  return { weights, objective, gradient, range };
}

function moved(weights: Float64Array, step: Float64Array, length: number): Float64Array {
  return weights.map((value, i) => value + length * step[i]);
}

/** A target in units of its mean has its logarithm lower by that of the mean. */
function inUnitsOf(mean: number, { weights, range }: State, iterations: number): GammaFit {
  const shift = Math.log(mean);
  const shifted = weights.slice();
  shifted[weights.length - 1] += shift;
  return { weights: shifted, range: [range[0] + shift, range[1] + shift], iterations };
}
