import type { Bar } from './bars.ts';
import { back, deviation, exponential, highest, lowest, mean, over, zip } from './windows.ts';

/** The families volatility and regime of one-minute bars, written from their definitions a second time. */
export function volatilityRegime(bars: readonly Bar[]): Record<string, number[]> {
  const close = bars.map((bar) => bar.close);
  const before = back(close, 1);
  const range = bars.map((bar, i) =>
    i === 0 ? Number.NaN : Math.max(bar.high - bar.low, Math.abs(bar.high - before[i]), Math.abs(bar.low - before[i])),
  );
  const atr14 = mean(range, 14);
  const atr20 = mean(range, 20);
  const std20 = deviation(close, 20);
  const std50 = deviation(close, 50);
  const sma20 = mean(close, 20);
  const width = zip((s, m) => (100 * 4 * s) / m, std20, sma20);
  const channel = exponential(
    bars.map((bar) => (bar.high + bar.low + bar.close) / 3),
    20,
  );
  const logReturns = zip((c, p) => Math.log(c / p), close, before);
  const logRange = bars.map((bar) => Math.log(bar.high / bar.low) ** 2 / (4 * Math.log(2)));
  const year = Math.sqrt(365 * 24 * 60);
  const isFlat = (count: number) => zip((h, l) => Number(h === l), highest(close, count), lowest(close, count));
  const [flat20, flat50] = [isFlat(20), isFlat(50)];
  const lower = zip((m, s) => m - 2 * s, sma20, std20);
  return {
    atr_14: atr14,
    atr_14_pct: zip((a, c) => (100 * a) / c, atr14, close),
    std_dev_20: std20,
    std_dev_20_pct: zip((s, c) => (100 * s) / c, std20, close),
    bbands_upper_20: zip((m, s) => m + 2 * s, sma20, std20),
    bbands_middle_20: sma20,
    bbands_lower_20: lower,
    bbands_width_20: width,
    bbands_percent_b_20: zip((c, l, s, f) => (f ? 0.5 : (c - l) / (4 * s)), close, lower, std20, flat20),
    keltner_upper_20: zip((m, a) => m + 2 * a, channel, atr20),
    keltner_middle_20: channel,
    keltner_lower_20: zip((m, a) => m - 2 * a, channel, atr20),
    keltner_width_20: zip((m, a) => (100 * 4 * a) / m, channel, atr20),
    historical_volatility_20: deviation(logReturns, 20).map((s) => 100 * s * year),
    historical_volatility_50: deviation(logReturns, 50).map((s) => 100 * s * year),
    volatility_ratio_20_50: zip((a, b, f) => (f ? 1 : a / b), std20, std50, flat50),
    bb_squeeze: over(width, 50, (window) => {
      const sorted = [...window].sort((a, b) => a - b);
      const quantile = sorted[12] + 0.25 * (sorted[13] - sorted[12]);
      return Number(window[49] / quantile - 1 < -1e-10);
    }),
    parkinson_volatility_20: mean(logRange, 20).map((v) => 100 * Math.sqrt(v) * year),
    ...regime(close, std20, sma20, flat50),
  };
}

function regime(close: number[], std20: number[], sma20: number[], flat: number[]): Record<string, number[]> {
  const [s, g, v] = [0.005, 0.4, 0.15];
  const line = over(close, 50, (window) => regression(window).slope);
  const fit = zip(
    (r2, f) => (f ? 0 : r2),
    over(close, 50, (window) => regression(window).r2),
    flat,
  );
  const middle = mean(close, 50);
  const slope = zip((b, m) => (100 * b) / m, line, middle);
  const range = zip((h, l, m) => (100 * (h - l)) / m, highest(close, 50), lowest(close, 50), middle);
  const spread = zip((a, m) => (100 * a) / m, std20, sma20);
  const up = zip((b, r2) => Number(b > s && r2 > 0.5), slope, fit);
  const down = zip((b, r2) => Number(b < -s && r2 > 0.5), slope, fit);
  const ranging = range.map((width) => Number(width < g));
  const volatile = spread.map((value) => Number(value > v));
  const type = close.map((_, i) => {
    if (i < 49) return Number.NaN;
    if (volatile[i]) return 4;
    if (up[i]) return 3;
    if (down[i]) return 2;
    return ranging[i] ? 1 : 0;
  });
  const strength = type.map((kind, i) => {
    if (kind === 4) return 1 - v / spread[i];
    if (kind === 1) return 1 - range[i] / g;
    return kind === 0 ? 0 : fit[i];
  });
  let since = 0;
  const duration = type.map((kind, i) => {
    since = i > 49 && kind === type[i - 1] ? since + 1 : 1;
    return Math.min(since, 500);
  });
  return {
    is_trending_up: up,
    is_trending_down: down,
    is_ranging: ranging,
    is_volatile: volatile,
    trend_strength: fit,
    regime_type: type,
    regime_strength: strength,
    regime_duration: duration,
    regime_transition: type.map((kind, i) => Number(i > 0 && kind !== type[i - 1])),
  };
}

/** The least-squares line through the values over their positions. */
function regression(values: number[]): { slope: number; r2: number } {
  const n = values.length;
  const [mx, my] = [(n - 1) / 2, values.reduce((a, b) => a + b) / n];
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    xx += (i - mx) ** 2;
    xy += (i - mx) * (values[i] - my);
    yy += (values[i] - my) ** 2;
  }
  return { slope: xy / xx, r2: (xy * xy) / (xx * yy) };
}

/** What the headers state for a market without any move or volume. */
export const volatilityRegimeStill: Readonly<Record<string, number>> = {
  atr_14: 0,
  atr_14_pct: 0,
  std_dev_20: 0,
  std_dev_20_pct: 0,
  bbands_width_20: 0,
  bbands_percent_b_20: 0.5,
  keltner_width_20: 0,
  historical_volatility_20: 0,
  historical_volatility_50: 0,
  volatility_ratio_20_50: 1,
  bb_squeeze: 0,
  parkinson_volatility_20: 0,
  is_trending_up: 0,
  is_trending_down: 0,
  is_ranging: 1,
  is_volatile: 0,
  trend_strength: 0,
  regime_type: 1,
  regime_strength: 1,
  regime_transition: 0,
};

/** Near 0 a value is a small difference of large ones: there its error is measured against this size. */
export const volatilityRegimeUnits: Readonly<Record<string, number>> = { bbands_percent_b_20: 1e-3 };
