import type { Bar } from './bars.ts';
import { deviationOf, meanOf } from './windows.ts';

const minute = 60_000;
const names = { 15: '15m', 60: '1h' } as const;

/**
 * The family timeframes, written from its definitions a second time. For each bar of one minute all coarse bars are gone
 * through: those count that have closed by the end of that minute and lack none of theirs.
 */
export function timeframes(bars: readonly Bar[], from = 0): Record<string, number[]> {
  const out: Record<string, number[]> = {};
  for (const length of [15, 60] as const) {
    const coarse = coarseCloses(bars, length);
    const rows = bars.slice(from).map(({ time }) => measures(lastClosed(coarse, length, time + minute), length));
    for (const name of Object.keys(rows[0]) as (keyof (typeof rows)[0])[])
      out[`${name}_${names[length]}`] = rows.map((row) => row[name]);
  }
  return out;
}

/** The closes of the coarse bars that have all their minutes, by their end in milliseconds. */
function coarseCloses(bars: readonly Bar[], length: number): Map<number, number> {
  const groups = Map.groupBy(bars, ({ time }) => Math.floor(time / (length * minute)));
  return new Map(
    [...groups]
      .filter(([, group]) => group.length === length)
      .map(([number, group]) => [(number + 1) * length * minute, group[length - 1].close]),
  );
}

/** The last 50 closes that are known at a time, or null when one of them is missing. */
function lastClosed(coarse: ReadonlyMap<number, number>, length: number, now: number): number[] | null {
  const ends = [...coarse.keys()].filter((end) => end <= now);
  const newest = Math.max(...ends);
  // The newest that has closed may be missing itself.
  const end = newest + length * minute <= now ? Number.NaN : newest;
  const closes = Array.from({ length: 50 }, (_, k) => coarse.get(end - (49 - k) * length * minute));
  return closes.some((close) => close === undefined) ? null : (closes as number[]);
}

function measures(closes: number[] | null, length: number) {
  if (!closes)
    return { has: 0, slope_50: 0, trend_strength: 0, volatility_20: 0, rsi_14: 50, sma_ratio_20: 0, regime_type: 0 };
  const { rise, r2 } = line(closes);
  const last20 = closes.slice(30);
  const returns = last20.map((close, k) => Math.log(close / closes[29 + k]));
  const slope = (100 * rise) / meanOf(closes);
  const width = (100 * (Math.max(...closes) - Math.min(...closes))) / meanOf(closes);
  const spread = (100 * deviationOf(last20)) / meanOf(last20);
  return {
    has: 1,
    slope_50: slope,
    trend_strength: r2,
    volatility_20: 100 * deviationOf(returns) * Math.sqrt((365 * 24 * 60) / length),
    rsi_14: rsi(closes.slice(35)),
    sma_ratio_20: 100 * (closes[49] / meanOf(last20) - 1),
    regime_type: regime(slope, r2, width, spread, Math.sqrt(length)),
  };
}

function line(closes: number[]): { rise: number; r2: number } {
  const m = meanOf(closes);
  let [xx, xy, yy] = [0, 0, 0];
  for (const [k, close] of closes.entries()) {
    xx += (k - 24.5) ** 2;
    xy += (k - 24.5) * (close - m);
    yy += (close - m) ** 2;
  }
  return { rise: xy / xx, r2: yy === 0 ? 0 : (xy * xy) / (xx * yy) };
}

/** Of 15 closes, that is 14 moves. */
function rsi(closes: number[]): number {
  let [gain, loss] = [0, 0];
  for (let k = 1; k < closes.length; k++) {
    gain += Math.max(0, closes[k] - closes[k - 1]);
    loss += Math.max(0, closes[k - 1] - closes[k]);
  }
  return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
}

function regime(slope: number, r2: number, width: number, spread: number, root: number): number {
  if (spread > 0.15 * root) return 4;
  if (slope > 0.005 * root && r2 > 0.5) return 3;
  if (slope < -0.005 * root && r2 > 0.5) return 2;
  return width < 0.4 * root ? 1 : 0;
}

/** Slopes and distances are small differences: near 0 their errors are measured against this size. */
export const timeframeUnits: Readonly<Record<string, number>> = Object.fromEntries(
  ['slope_50_15m', 'slope_50_1h', 'sma_ratio_20_15m', 'sma_ratio_20_1h'].map((name) => [name, 1e-3]),
);
