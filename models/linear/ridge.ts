import type { RowTimes } from '#models/engine.ts';
import { barsNeeded, innerSplit, type RowRange, walkForward } from '#models/validation/walk_forward.ts';
import { addGram, dot, penalisedSolver } from './gram.ts';
import { forEachBlock, type Scaler } from './scaler.ts';

/** Sums over some rows of the products of all standardised columns (an intercept last) with each other and with y. */
interface Products {
  rows: number;
  gram: Float64Array;
  moments: Float64Array;
  squares: number;
}

/** The penalties that are tried where none is given, as shares of the rows. */
export const penalties = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/**
 * Ridge regression on standardised columns: minimises Σ (y − b − z·w)² + ridge × n × |w|² in closed form (Hoerl and
 * Kennard, 1970). The penalty is a share of the rows, so that one value shrinks alike at any sample size.
 * @returns a weight per column, then the intercept; in units of the target per deviation
 */
export function fitRidge(columns: Float64Array[], target: Float64Array, scaler: Scaler, ridge: number): Float64Array {
  return solve(productsOf(columns, target, scaler, { from: 0, until: target.length }), ridge);
}

/**
 * The same with the penalty of `penalties` that does best on later training rows than it was fitted on, walk-forward, purged
 * and embargoed as the outer folds are. All of it follows from the products of spells of rows, whose sums give those of any
 * inner training part: the choice costs no second pass over the data. Only the scaler is that of all rows.
 * @param time of the rows; they are ordered by it
 * @param otherwise the penalty where there are too few bars for inner folds
 */
export function fitChosenRidge(
  columns: Float64Array[],
  target: Float64Array,
  scaler: Scaler,
  time: RowTimes,
  otherwise: number,
): { weights: Float64Array; ridge: number } {
  const split = { ...time, ...innerSplit };
  if (new Set(time.ts).size < barsNeeded(split))
    return { weights: fitRidge(columns, target, scaler, otherwise), ridge: otherwise };
  const folds = walkForward(time.ts, split);
  const whole = { from: 0, until: target.length };
  const ranges = [whole, ...folds.flatMap(({ train, test }) => [train, test])];
  const within = productsWithin(columns, target, scaler, ranges);
  const parts = folds.map(({ train, test }) => ({ train: within([train]), test: within([test]) }));
  const losses = penalties.map((ridge) =>
    parts.reduce((total, { train, test }) => total + squaredErrors(test, solve(train, ridge)), 0),
  );
  const ridge = penalties[losses.indexOf(Math.min(...losses))];
  return { weights: solve(within([whole]), ridge), ridge };
}

/**
 * The same with a given penalty for several parts of the rows, in one pass over them.
 * @param parts the rows of each fit, in ranges apart from each other
 * @returns the weights of each
 */
export function fitRidgeToParts(
  columns: Float64Array[],
  target: Float64Array,
  scaler: Scaler,
  ridge: number,
  parts: readonly (readonly RowRange[])[],
): Float64Array[] {
  const within = productsWithin(columns, target, scaler, parts.flat());
  return parts.map((ranges) => solve(within(ranges), ridge));
}

/** Products of the spells that the bounds of these ranges make, and how to sum them over some of the ranges. */
function productsWithin(
  columns: Float64Array[],
  target: Float64Array,
  scaler: Scaler,
  ranges: readonly RowRange[],
): (of: readonly RowRange[]) => Products {
  const bounds = [...new Set(ranges.flatMap(({ from, until }) => [from, until]))].sort((a, b) => a - b);
  const spells = bounds.slice(1).map((until, i) => {
    const range = { from: bounds[i], until };
    return { range, products: productsOf(columns, target, scaler, range) };
  });
  return (of) => {
    const inside = ({ range }: (typeof spells)[number]) =>
      of.some(({ from, until }) => range.from >= from && range.until <= until);
    return sum(spells.filter(inside).map(({ products }) => products));
  };
}

function productsOf(
  columns: Float64Array[],
  target: Float64Array,
  scaler: Scaler,
  { from, until }: RowRange,
): Products {
  const p = columns.length + 1;
  const of = { rows: until - from, gram: new Float64Array(p * p), moments: new Float64Array(p), squares: 0 };
  const visit = (block: Float64Array[], start: number, rows: number) => {
    addGram(of.gram, block, rows);
    const y = target.subarray(from + start, from + start + rows);
    for (let i = 0; i < p; i++) of.moments[i] += dot(block[i], y, rows);
    of.squares += dot(y, y, rows);
  };
  forEachBlock(
    columns.map((values) => values.subarray(from, until)),
    scaler,
    visit,
  );
  return of;
}

function sum(parts: readonly Products[]): Products {
  const [first, ...others] = parts;
  const total = { ...first, gram: first.gram.slice(), moments: first.moments.slice() };
  for (const { rows, gram, moments, squares } of others) {
    total.rows += rows;
    total.squares += squares;
    for (let i = 0; i < gram.length; i++) total.gram[i] += gram[i];
    for (let i = 0; i < moments.length; i++) total.moments[i] += moments[i];
  }
  return total;
}

function solve({ gram, moments, rows }: Products, ridge: number): Float64Array {
  return penalisedSolver(gram, moments.length, 1, ridge * rows)(moments);
}

/** Σ (y − z·w)² = Σ y² − 2 w·Σ z y + w·(Σ z z')·w, of which `gram` has the lower triangle. */
function squaredErrors({ gram, moments, squares }: Products, w: Float64Array): number {
  const p = w.length;
  let quadratic = 0;
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < i; j++) quadratic += 2 * w[i] * w[j] * gram[i * p + j];
    quadratic += w[i] * w[i] * gram[i * p + i];
  }
  return squares - 2 * dot(w, moments, p) + quadratic;
}
