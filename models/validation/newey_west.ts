import { meanOf } from './metrics.ts';

/**
 * How many bars apart two values may still depend on each other: 4 (n / 100)^(2/9), rounded down (the rule of thumb for
 * the Bartlett kernel in Newey and West, Review of Economic Studies 61, 1994), and at least the horizon, over which
 * labels overlap.
 */
export function neweyWestLag(values: number, horizon: number): number {
  return Math.max(horizon, Math.floor(4 * (values / 100) ** (2 / 9)));
}

/**
 * The standard error of a mean, robust to heteroskedasticity and autocorrelation: the square root of
 * (g0 + 2 Σ (1 − j / (lag + 1)) gj, j from 1 to lag) / n, where gj = Σ d[t] d[t − j] / n and d is the distance from the
 * mean (Newey and West, Econometrica 55, 1987, with the Bartlett kernel and no correction for n). A time without a value
 * takes up its place and adds nothing (the amplitude-modulated series of Parzen, 1963).
 * @param places the times of the values in bars, whole numbers, ascending
 */
export function neweyWestError(values: Float64Array, places: ArrayLike<number>, lag: number): number {
  const count = values.length;
  const first = places[0];
  const mean = meanOf(values);
  const distance = new Float64Array(places[count - 1] - first + 1);
  for (let i = 0; i < count; i++) distance[places[i] - first] = values[i] - mean;
  let sum = 0;
  for (let j = 0; j <= lag; j++) {
    let product = 0;
    for (let t = j; t < distance.length; t++) product += distance[t] * distance[t - j];
    sum += (j === 0 ? 1 : 2 * (1 - j / (lag + 1))) * product;
  }
  // With this kernel the sum is never below 0 but by rounding.
  return Math.sqrt(Math.max(0, sum)) / count;
}
