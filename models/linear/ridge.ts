import { addGram, dot, penalisedSolver } from './gram.ts';
import { forEachBlock, type Scaler } from './scaler.ts';

/**
 * Ridge regression on standardised columns: minimises Σ (y − b − z·w)² + ridge × n × |w|² in closed form (Hoerl and
 * Kennard, 1970). The penalty is a share of the rows, so that one value shrinks alike at any sample size.
 * @returns a weight per column, then the intercept; in units of the target per deviation
 */
export function fitRidge(columns: Float64Array[], target: Float64Array, scaler: Scaler, ridge: number): Float64Array {
  const p = columns.length + 1;
  const gram = new Float64Array(p * p);
  const moments = new Float64Array(p);
  forEachBlock(columns, scaler, (block, start, rows) => {
    addGram(gram, block, rows);
    const y = target.subarray(start, start + rows);
    for (let i = 0; i < p; i++) moments[i] += dot(block[i], y, rows);
  });
  return penalisedSolver(gram, p, 1, ridge * target.length)(moments);
}
