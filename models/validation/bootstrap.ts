import { UserError } from '#lib/errors.ts';
import { createRandom } from '#models/forest/random.ts';

export interface BootstrapInput {
  /** Bar-open time of each row, microseconds, ascending; the symbols of one bar share it. */
  ts: Float64Array;
  /** Loss of the baseline less loss of the model, of each row: positive where the model was better. */
  gains: Float64Array;
  barMicros: number;
  horizon: number;
  seed: number;
  /** B; 9,999 unless told: the least p-value there is, corrected for several candidates, is then still a small one. */
  resamples?: number;
  /** Bars of time in one block; by default what follows from the horizon. */
  block?: number;
}

export interface BootstrapResult {
  pValue: number;
  /** Mean over times of the mean gain over symbols. */
  observed: number;
  /** Bars of time spanned, and bars in one block. */
  bars: number;
  block: number;
}

/** With fewer blocks than this a resample is hardly different from the sample, and the p-value would flatter. */
export const fewestBlocks = 5;

/** Bars of time in one block: labels overlap over `horizon` bars, and volatility clusters for longer. */
export function blockBars(horizon: number): number {
  return Math.max(10 * horizon, 60);
}

/** Bars of time from the first to the last, with those that are missing between them. */
export function barsSpanned(ts: Float64Array, barMicros: number): number {
  return ts.length === 0 ? 0 : Math.round((ts[ts.length - 1] - ts[0]) / barMicros) + 1;
}

/** @throws UserError when this many bars of time hold too few blocks for a p-value */
export function requireBlocks(bars: number, horizon: number, block = blockBars(horizon)): void {
  const needed = fewestBlocks * block;
  if (bars >= needed) return;
  throw new UserError(
    `The test parts span ${bars} bars, and a p-value at a horizon of ${horizon} needs at least ${needed}.`,
    'Raise training.bars or import more history.',
  );
}

/**
 * Could chance alone make the model look this much better than its baseline? One-sided p-value by the circular block
 * bootstrap (Politis and Romano, 1992) of the mean gain, centred on its own mean so that the null holds:
 * (1 + number of resampled means ≥ observed) / (1 + B) (Davison and Hinkley, 1997, 4.11). Gains are averaged over the
 * symbols of a bar first, because symbols move together. Blocks are spans of time: a missing bar takes up its place in
 * a block and is left out of the mean.
 * @throws UserError when the rows span fewer than five blocks
 */
export function gainPValue(input: BootstrapInput): BootstrapResult {
  const { ts, gains, barMicros, horizon, seed, resamples = 9_999, block = blockBars(horizon) } = input;
  const bars = barsSpanned(ts, barMicros);
  requireBlocks(bars, horizon, block);
  const { sums, counts, observed } = centredPrefixSums(ts, gains, barMicros, bars);
  const random = createRandom(seed, 0);
  let atLeast = 0;
  for (let resample = 0; resample < resamples; resample++) {
    let [sum, count] = [0, 0];
    for (let left = bars; left > 0; left -= block) {
      const start = random.below(bars);
      const end = start + Math.min(block, left);
      sum += sums[end] - sums[start];
      count += counts[end] - counts[start];
    }
    // A resample of nothing but missing bars says nothing against the null.
    if (count === 0 || sum / count >= observed) atLeast++;
  }
  return { pValue: (1 + atLeast) / (1 + resamples), observed, bars, block };
}

/** Prefix sums over two rounds of the circle of bars, so that a block that wraps around is one difference. */
function centredPrefixSums(ts: Float64Array, gains: Float64Array, barMicros: number, bars: number) {
  const total = new Float64Array(bars);
  const symbols = new Uint32Array(bars);
  for (let row = 0; row < ts.length; row++) {
    const bar = Math.round((ts[row] - ts[0]) / barMicros);
    total[bar] += gains[row];
    symbols[bar]++;
  }
  let [sum, present] = [0, 0];
  for (let bar = 0; bar < bars; bar++) {
    if (symbols[bar] === 0) continue;
    total[bar] /= symbols[bar];
    sum += total[bar];
    present++;
  }
  const observed = sum / present;
  // A comparison with NaN is false, which would count as significant.
  if (!Number.isFinite(observed)) throw new RangeError(`the mean gain is ${observed}: some loss is not finite`);
  const sums = new Float64Array(2 * bars + 1);
  const counts = new Uint32Array(2 * bars + 1);
  for (let i = 0; i < 2 * bars; i++) {
    const here = symbols[i % bars] > 0;
    sums[i + 1] = sums[i] + (here ? total[i % bars] - observed : 0);
    counts[i + 1] = counts[i] + (here ? 1 : 0);
  }
  return { sums, counts, observed };
}
