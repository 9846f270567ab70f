import type { Bar } from './bars.ts';
import { back, exponential, highest, lowest, mean, meanOf, over, zip } from './windows.ts';

/** The family technical without its running sums, written from its definitions a second time. */
export function technical(bars: readonly Bar[], digits: number): Record<string, number[]> {
  const ticks = (price: number) => Math.round(price * 10 ** digits);
  const close = bars.map((bar) => bar.close);
  const top = highest(
    bars.map((bar) => bar.high),
    14,
  );
  const bottom = lowest(
    bars.map((bar) => bar.low),
    14,
  );
  const stoch = zip((c, h, l) => (h === l ? 50 : (100 * (c - l)) / (h - l)), close, top, bottom);
  const typical = bars.map((bar) => (bar.high + bar.low + bar.close) / 3);
  const macd = zip((a, b) => a - b, exponential(close, 12), exponential(close, 26));
  const signal = exponential(macd, 9);
  const ema = (period: number) => exponential(close, period);
  const cross = (fast: number, slow: number) => zip((a, b) => Number(a / b - 1 > 1e-10), ema(fast), ema(slow));
  const fast = cross(9, 21);
  const slow = cross(50, 200);
  return {
    ...directional(bars, ticks),
    rsi_14: strength(bars.map((bar) => ticks(bar.close))),
    stoch_k: stoch,
    stoch_d: mean(stoch, 3),
    williams_r_14: zip((c, h, l) => (h === l ? -50 : (-100 * (h - c)) / (h - l)), close, top, bottom),
    cci_20: over(typical, 20, (window) => {
      const middle = meanOf(window);
      const spread = meanOf(window.map((value) => Math.abs(value - middle)));
      return new Set(window).size === 1 ? 0 : (window[19] - middle) / (0.015 * spread);
    }),
    sma_50: mean(close, 50),
    sma_200: mean(close, 200),
    ema_9: ema(9),
    ema_21: ema(21),
    ema_50: ema(50),
    ema_200: ema(200),
    macd_12_26: macd,
    macd_signal_9: signal,
    macd_histogram: zip((m, s) => m - s, macd, signal),
    ema_9_21_cross: fast,
    ema_9_21_crossover: zip((a, b) => a - b, fast, back(fast, 1)),
    ema_50_200_cross: slow,
    ema_50_200_crossover: zip((a, b) => a - b, slow, back(slow, 1)),
  };
}

/** RSI over whole ticks, with simple means. */
function strength(prices: readonly number[]): number[] {
  const moves = zip((p, q) => p - q, prices, back(prices, 1));
  return over(moves, 14, (window) => {
    const gain = meanOf(window.map((move) => Math.max(move, 0)));
    const loss = meanOf(window.map((move) => Math.max(-move, 0)));
    if (gain + loss === 0) return 50;
    return loss === 0 ? 100 : 100 - 100 / (1 + gain / loss);
  });
}

/** Directional movement and true range in whole ticks: equal moves are equal, and neither counts. */
function directional(bars: readonly Bar[], ticks: (price: number) => number): Record<string, number[]> {
  const plus: number[] = [Number.NaN];
  const minus: number[] = [Number.NaN];
  const range: number[] = [Number.NaN];
  for (let i = 1; i < bars.length; i++) {
    const [high, low, before] = [ticks(bars[i].high), ticks(bars[i].low), bars[i - 1]];
    const up = high - ticks(before.high);
    const down = ticks(before.low) - low;
    plus.push(up > down && up > 0 ? up : 0);
    minus.push(down > up && down > 0 ? down : 0);
    range.push(Math.max(high - low, Math.abs(high - ticks(before.close)), Math.abs(low - ticks(before.close))));
  }
  const index = (moves: number[]) => zip((m, r) => (r === 0 ? 0 : (100 * m) / r), mean(moves, 14), mean(range, 14));
  const [plusIndex, minusIndex] = [index(plus), index(minus)];
  const dx = zip((p, m) => (p + m === 0 ? 0 : (100 * Math.abs(p - m)) / (p + m)), plusIndex, minusIndex);
  return { plus_di_14: plusIndex, minus_di_14: minusIndex, adx_14: mean(dx, 14) };
}

/** What the headers state for a market without any move or volume. */
export const technicalStill: Readonly<Record<string, number>> = {
  rsi_14: 50,
  stoch_k: 50,
  stoch_d: 50,
  williams_r_14: -50,
  cci_20: 0,
  adx_14: 0,
  plus_di_14: 0,
  minus_di_14: 0,
  ema_9_21_cross: 0,
  ema_9_21_crossover: 0,
  ema_50_200_crossover: 0,
};
