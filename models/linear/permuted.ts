import { blockScores } from './logistic.ts';
import { forEachBlock, type Scaler } from './scaler.ts';

/**
 * The scores of a linear model if the columns of one group came from another row, for each group alone: a score is a sum,
 * so only the group's own terms are exchanged.
 * @param weights one vector, or one of each class; the intercept last
 * @param groupOf group of each column, 0 … groups − 1; −1 is none
 * @param source the row that each row takes the columns of a group from
 * @returns of each group the scores of each weight vector
 */
export function permutedScores(
  columns: Float64Array[],
  scaler: Scaler,
  weights: Float64Array[],
  groupOf: Int32Array,
  groups: number,
  source: Uint32Array,
): Float64Array[][] {
  const rows = source.length;
  const permuted: Float64Array[][] = [];
  const visit = (block: Float64Array[]) => {
    const plain = weights.map((w) => blockScores(block, rows, w));
    for (let group = 0; group < groups; group++) permuted.push(plain.map((scores) => scores.slice()));
    for (const [c, group] of groupOf.entries()) {
      if (group < 0) continue;
      const values = block[c];
      for (const [k, w] of weights.entries()) {
        const scores = permuted[group][k];
        for (let row = 0; row < rows; row++) scores[row] += w[c] * (values[source[row]] - values[row]);
      }
    }
  };
  // Any row may be the source of any other: all of them are one block.
  forEachBlock(columns, scaler, visit, rows);
  return permuted;
}
