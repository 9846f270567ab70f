import type { Bar } from './bars.ts';
import { back, deviationOf, highest, lowest, mean, meanOf, over, zip } from './windows.ts';

const year = Math.sqrt(365 * 24 * 60);

/** The family scaled of one-minute bars, written from its definitions a second time. `digits`: decimals of the prices. */
export function scaled(bars: readonly Bar[], digits: number): Record<string, number[]> {
  return {
    ...wilder(bars),
    ...shapes(bars),
    ...activity(bars, digits),
    ...moments(bars),
    ...channels(bars),
    ...calendar(bars),
  };
}

function trueRanges(bars: readonly Bar[]): number[] {
  return bars.map(({ high, low }, i) => {
    if (i === 0) return Number.NaN;
    const before = bars[i - 1].close;
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  });
}

/** Wilder's average, begun at the second bar. */
function smoothed(series: readonly number[]): number[] {
  let last = Number.NaN;
  return series.map((value, i) => {
    if (i > 0) last = i === 1 ? value : (13 * last + value) / 14;
    return last;
  });
}

function wilder(bars: readonly Bar[]): Record<string, number[]> {
  const moves = bars.map((bar, i) => (i === 0 ? Number.NaN : bar.close - bars[i - 1].close));
  const gain = smoothed(moves.map((move) => Math.max(move, 0)));
  const loss = smoothed(moves.map((move) => Math.max(-move, 0)));
  const range = smoothed(trueRanges(bars));
  const moved = moves.map((_, i) => moves.slice(Math.max(1, i - 99), i + 1).filter((move) => move !== 0).length);
  return {
    wilder_rsi_14: zip((g, l, moved) => (moved === 0 ? 50 : (100 * g) / (g + l)), gain, loss, moved),
    wilder_atr_14_pct: bars.map((bar, i) => (100 * range[i]) / bar.close),
  };
}

function shapes(bars: readonly Bar[]): Record<string, number[]> {
  const share = (measure: (bar: Bar) => number) =>
    bars.map((bar) => (bar.high === bar.low ? 0 : measure(bar) / (bar.high - bar.low)));
  const paths = bars.map(
    ({ open, high, low, close }) =>
      Math.log(high / open) * (Math.log(high / open) - Math.log(close / open)) +
      Math.log(low / open) * (Math.log(low / open) - Math.log(close / open)),
  );
  const before = back(
    bars.map((bar) => bar.close),
    1,
  );
  const top = highest(
    bars.map((bar, i) => Math.max(bar.high, before[i])),
    14,
  );
  const bottom = lowest(
    bars.map((bar, i) => Math.min(bar.low, before[i])),
    14,
  );
  return {
    body_share: share((bar) => bar.close - bar.open),
    upper_wick_share: share((bar) => bar.high - Math.max(bar.open, bar.close)),
    lower_wick_share: share((bar) => Math.min(bar.open, bar.close) - bar.low),
    rogers_satchell_volatility_20: mean(paths, 20).map((variance) => 100 * Math.sqrt(variance) * year),
    choppiness_14: zip(
      (path, t, b) =>
        t === b ? 50 : Math.min(100, Math.max(0, (100 * Math.log((14 * path) / (t - b))) / Math.log(14))),
      mean(trueRanges(bars), 14),
      top,
      bottom,
    ),
  };
}

function activity(bars: readonly Bar[], digits: number): Record<string, number[]> {
  const ticks = (price: number) => Math.round(price * 10 ** digits);
  const volume = bars.map((bar) => bar.volume);
  const total = (series: number[], count: number) => over(series, count, (window) => window.reduce((a, b) => a + b));
  const moves = bars.map((bar, i) => (i === 0 ? Number.NaN : Math.abs(Math.log(bar.close / bars[i - 1].close))));
  const value = bars.map((bar) => bar.close * bar.volume);
  const place = bars.map(({ high, low, close }) => (high === low ? 0 : (close - low - (high - close)) / (high - low)));
  const price = bars.map((bar) => ticks(bar.high) + ticks(bar.low) + ticks(bar.close));
  const flow = (side: number) =>
    price.map((p, i) => (i === 0 ? Number.NaN : Math.sign(p - price[i - 1]) === side ? p * volume[i] : 0));
  return {
    volume_zscore_50: over(volume, 50, (window) => {
      const deviation = deviationOf(window);
      return (deviation * deviation * 49) / 50 < 1e-8 * meanOf(window) ** 2 || deviation === 0
        ? 0
        : (window[49] - meanOf(window)) / deviation;
    }),
    illiquidity_ratio_5_50: zip(
      (m5, v5, m50, v50) => (v5 === 0 || m50 === 0 ? 1 : m5 / v5 / (m50 / v50)),
      total(moves, 5),
      total(value, 5),
      total(moves, 50),
      total(value, 50),
    ),
    chaikin_money_flow_20: zip(
      (located, v) => (v === 0 ? 0 : located / v),
      total(
        zip((p, v) => p * v, place, volume),
        20,
      ),
      total(volume, 20),
    ),
    money_flow_index_14: zip(
      (p, n) => (p + n === 0 ? 50 : (100 * p) / (p + n)),
      total(flow(1), 14),
      total(flow(-1), 14),
    ),
  };
}

function moments(bars: readonly Bar[]): Record<string, number[]> {
  const close = bars.map((bar) => bar.close);
  const r = zip((c, p) => Math.log(c / p), close, back(close, 1));
  const r5 = zip((c, p) => Math.log(c / p), close, back(close, 5));
  const squares = (window: number[]) => meanOf(window.map((value) => value * value));
  const z = over(r, 50, (window) => (squares(window) === 0 ? 0 : window[49] / Math.sqrt(squares(window))));
  const central = (window: number[], power: number) => {
    const m = meanOf(window);
    return meanOf(window.map((value) => (value - m) ** power));
  };
  return {
    skewness_50: over(z, 50, (w) => (central(w, 2) <= 1e-4 ? 0 : central(w, 3) / central(w, 2) ** 1.5)),
    kurtosis_50: over(z, 50, (w) => (central(w, 2) <= 1e-4 ? 0 : central(w, 4) / central(w, 2) ** 2 - 3)),
    autocorrelation_50: over(z, 51, (window) => {
      const [now, then] = [window.slice(1), window.slice(0, 50)];
      const [vn, vt] = [central(now, 2), central(then, 2)];
      const both = meanOf(now.map((value, i) => (value - meanOf(now)) * (then[i] - meanOf(then))));
      return vn <= 1e-4 || vt <= 1e-4 ? 0 : both / Math.sqrt(vn * vt);
    }),
    variance_ratio_5_50: zip(
      (five, one) => (one === 0 ? 1 : five / (5 * one)),
      over(r5, 50, squares),
      over(r, 54, squares),
    ),
    up_variance_share_50: over(r, 50, (window) =>
      squares(window) === 0 ? 0.5 : squares(window.map((value) => Math.max(value, 0))) / squares(window),
    ),
    efficiency_ratio_20: zip(
      (c, p, path) => (path === 0 ? 0 : Math.abs(Math.log(c / p)) / (20 * path)),
      close,
      back(close, 20),
      mean(r.map(Math.abs), 20),
    ),
  };
}

function channels(bars: readonly Bar[]): Record<string, number[]> {
  const [high, low, close] = (['high', 'low', 'close'] as const).map((key) => bars.map((bar) => bar[key]));
  const out: Record<string, number[]> = {};
  for (const count of [60, 240]) {
    const [top, bottom] = [highest(high, count), lowest(low, count)];
    out[`drawdown_${count}`] = zip((c, h) => 100 * (c / h - 1), close, top);
    out[`rebound_${count}`] = zip((c, l) => 100 * (c / l - 1), close, bottom);
    const age = (window: number[], bound: number) => (count - 1 - window.lastIndexOf(bound)) / count;
    out[`since_high_${count}`] = over(high, count, (window) => age(window, Math.max(...window)));
    out[`since_low_${count}`] = over(low, count, (window) => age(window, Math.min(...window)));
  }
  for (const count of [50, 200]) {
    out[`zscore_${count}`] = over(close, count, (window) => {
      const deviation = deviationOf(window);
      return deviation === 0 ? 0 : (window[count - 1] - meanOf(window)) / deviation;
    });
  }
  return out;
}

function calendar(bars: readonly Bar[]): Record<string, number[]> {
  const out: Record<string, number[]> = {};
  const minutes = bars.map(({ time }) => new Date(time).getUTCHours() * 60 + new Date(time).getUTCMinutes());
  // Sunday is day 0 of a date, and the last of the week here.
  const days = bars.map(({ time }) => (new Date(time).getUTCDay() + 6) % 7);
  const shares = {
    day: minutes.map((minute) => minute / 1440),
    week: minutes.map((minute, i) => (days[i] + minute / 1440) / 7),
    funding: minutes.map((minute) => (minute % 480) / 480),
  };
  for (const [name, share] of Object.entries(shares)) {
    out[`${name}_sin`] = share.map((part) => Math.sin(2 * Math.PI * part));
    out[`${name}_cos`] = share.map((part) => Math.cos(2 * Math.PI * part));
  }
  return out;
}

/** What is measured from the middle or in shares: near 0 an error is measured against this size. */
export const scaledUnits: Readonly<Record<string, number>> = {
  body_share: 1e-2,
  upper_wick_share: 1e-2,
  lower_wick_share: 1e-2,
  volume_zscore_50: 1e-2,
  chaikin_money_flow_20: 1e-2,
  skewness_50: 1e-2,
  kurtosis_50: 1e-2,
  autocorrelation_50: 1e-2,
  zscore_50: 1e-2,
  zscore_200: 1e-2,
  drawdown_60: 1e-2,
  drawdown_240: 1e-2,
  rebound_60: 1e-2,
  rebound_240: 1e-2,
  day_sin: 1,
  day_cos: 1,
  week_sin: 1,
  week_cos: 1,
  funding_sin: 1,
  funding_cos: 1,
};

/** What the headers state for a market without any move or volume. */
export const scaledStill: Readonly<Record<string, number>> = {
  body_share: 0,
  upper_wick_share: 0,
  lower_wick_share: 0,
  rogers_satchell_volatility_20: 0,
  choppiness_14: 50,
  volume_zscore_50: 0,
  illiquidity_ratio_5_50: 1,
  chaikin_money_flow_20: 0,
  money_flow_index_14: 50,
  skewness_50: 0,
  kurtosis_50: 0,
  autocorrelation_50: 0,
  variance_ratio_5_50: 1,
  up_variance_share_50: 0.5,
  efficiency_ratio_20: 0,
  drawdown_60: 0,
  drawdown_240: 0,
  rebound_60: 0,
  rebound_240: 0,
  since_high_60: 0,
  since_high_240: 0,
  since_low_60: 0,
  since_low_240: 0,
  zscore_50: 0,
  zscore_200: 0,
};
