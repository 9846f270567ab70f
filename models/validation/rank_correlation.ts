import { sampleCorrelation } from 'simple-statistics';

/**
 * Spearman's rank correlation; equal values have the mean of their ranks. The numbers are those of simple-statistics'
 * sampleRankCorrelation, which makes an array of each value.
 */
export function rankCorrelation(a: Float64Array, b: Float64Array): number {
  // The library reads numbers by their index alone.
  return sampleCorrelation(midranks(a) as ArrayLike<number> as number[], midranks(b) as ArrayLike<number> as number[]);
}

function midranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]] === values[order[first]]) last++;
    for (let i = first; i <= last; i++) ranks[order[i]] = (first + last) / 2;
    first = last + 1;
  }
  return ranks;
}
