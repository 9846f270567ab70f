import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { UserError } from '#lib/errors.ts';

/** Adds the products of a block's columns, lower triangle, to the p × p row-major `gram`. */
export function addGram(gram: Float64Array, block: Float64Array[], rows: number): void {
  const p = block.length;
  for (let i = 0; i < p; i++) {
    let j = 0;
    for (; j + 3 <= i; j += 4) {
      addFourDots(gram, i * p + j, rows, block[i], block[j], block[j + 1], block[j + 2], block[j + 3]);
    }
    for (; j <= i; j++) gram[i * p + j] += dot(block[i], block[j], rows);
  }
}

/**
 * Adds the products of column `x` with four others to `sums[at …]`. One pass reads `x` once instead of four times, and has
 * four sums under way at once, where the next addition to one alone would wait for the last.
 */
export function addFourDots(
  sums: Float64Array,
  at: number,
  rows: number,
  x: Float64Array,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
): void {
  let [sa, sb, sc, sd] = [0, 0, 0, 0];
  for (let i = 0; i < rows; i++) {
    const value = x[i];
    sa += value * a[i];
    sb += value * b[i];
    sc += value * c[i];
    sd += value * d[i];
  }
  sums[at] += sa;
  sums[at + 1] += sb;
  sums[at + 2] += sc;
  sums[at + 3] += sd;
}

export function dot(a: Float64Array, b: Float64Array, rows: number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * A solver for (scale × gram + penalty × I) x = b, the last coefficient (the intercept) unpenalised.
 * @throws UserError when the columns are so collinear that the penalty does not make the matrix positive definite
 */
export function penalisedSolver(
  gram: Float64Array,
  p: number,
  scale: number,
  penalty: number,
): (b: Float64Array) => Float64Array {
  const matrix = Matrix.zeros(p, p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      const value = scale * gram[i * p + j] + (i === j && i < p - 1 ? penalty : 0);
      matrix.set(i, j, value);
      matrix.set(j, i, value);
    }
  }
  const cholesky = new CholeskyDecomposition(matrix);
  if (!cholesky.isPositiveDefinite()) {
    throw new UserError('The features are too collinear for so small a ridge penalty.', 'Raise the parameter ridge.');
  }
  return (b) => Float64Array.from(cholesky.solve(Matrix.columnVector(b)).to1DArray());
}
