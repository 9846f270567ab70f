import type { Bar } from './bars.ts';
import { back, exponential, mean, zip } from './windows.ts';

/** The families price and volume, written from their definitions a second time. */
export function priceVolume(bars: readonly Bar[], digits: number): Record<string, number[]> {
  const ticks = (price: number) => Math.round(price * 10 ** digits);
  const column = (key: 'open' | 'high' | 'low' | 'close' | 'volume') => bars.map((bar) => bar[key]);
  const [open, high, low, close, volume] = (['open', 'high', 'low', 'close', 'volume'] as const).map(column);
  const typical = bars.map((bar) => (bar.high + bar.low + bar.close) / 3);
  const out: Record<string, number[]> = {
    hl2: bars.map((bar) => (bar.high + bar.low) / 2),
    hlc3: typical,
    ohlc4: bars.map((bar) => (bar.open + bar.high + bar.low + bar.close) / 4),
    returns: zip((c, p) => c / p - 1, close, back(close, 1)),
    log_returns: zip((c, p) => Math.log(c / p), close, back(close, 1)),
    range: zip((h, l) => h - l, high, low),
    range_pct: zip((h, l, c) => (100 * (h - l)) / c, high, low, close),
    gap_up: zip((o, h) => Number(ticks(o) > ticks(h)), open, back(high, 1)),
    gap_down: zip((o, l) => Number(ticks(o) < ticks(l)), open, back(low, 1)),
    gap_size: zip((o, c) => o - c, open, back(close, 1)),
    gap_size_pct: zip((o, c) => 100 * (o / c - 1), open, back(close, 1)),
  };
  for (const n of [1, 5, 10, 20, 50]) {
    out[`momentum_${n}`] = zip((c, p) => c - p, close, back(close, n));
    out[`roc_${n}`] = zip((c, p) => 100 * (c / p - 1), close, back(close, n));
  }
  for (const n of [5, 10, 20, 50]) {
    out[`volume_sma_${n}`] = mean(volume, n);
    out[`volume_ema_${n}`] = exponential(volume, n);
  }
  for (const n of [20, 50]) {
    out[`volume_ratio_${n}`] = zip((v, m) => (m === 0 ? 1 : v / m), volume, out[`volume_sma_${n}`]);
  }
  out.volume_surge = zip((v, m) => Number(v > 2 * m), volume, out.volume_sma_20);
  out.volume_surge_ratio = out.volume_ratio_20;
  const traded = mean(
    zip((p, v) => p * v, typical, volume),
    20,
  );
  out.vwap_20 = zip((t, m, c) => (m === 0 ? c : t / m), traded, out.volume_sma_20, close);
  out.vwap_deviation_20 = zip((c, w) => 100 * (c / w - 1), close, out.vwap_20);

  const sign = bars.map((bar, i) => (i === 0 ? 0 : Math.sign(ticks(bar.close) - ticks(bars[i - 1].close))));
  out.volume_price_trend = zip((s, v, r) => s * v * r, sign, volume, out.returns);
  out.obv = restarting(
    bars,
    'month',
    zip((s, v) => s * v, sign, volume),
  );
  out.obv_sma_20 = mean(out.obv, 20);
  out.obv_ema_20 = exponential(out.obv, 20);
  out.adl = restarting(
    bars,
    'month',
    bars.map((b) => (b.high === b.low ? 0 : ((b.close - b.low - (b.high - b.close)) / (b.high - b.low)) * b.volume)),
  );
  out.adl_ema_20 = exponential(out.adl, 20);
  const money = restarting(
    bars,
    'day',
    zip((c, v) => c * v, close, volume),
  );
  out.vwap = zip((m, v, c) => (v === 0 ? c : m / v), money, restarting(bars, 'day', volume), close);
  return out;
}

/** A running sum that begins anew with each UTC day or month. */
function restarting(bars: readonly Bar[], unit: 'day' | 'month', terms: readonly number[]): number[] {
  const length = unit === 'day' ? 10 : 7;
  const period = bars.map((bar) => new Date(bar.time).toISOString().slice(0, length));
  let sum = 0;
  return terms.map((term, i) => {
    sum = i > 0 && period[i] === period[i - 1] ? sum + term : term;
    return sum;
  });
}

/** What the headers state for a market without any move or volume. */
export const priceVolumeStill: Readonly<Record<string, number>> = {
  returns: 0,
  log_returns: 0,
  range: 0,
  range_pct: 0,
  gap_up: 0,
  gap_down: 0,
  volume_sma_5: 0,
  volume_sma_10: 0,
  volume_sma_20: 0,
  volume_sma_50: 0,
  volume_ratio_20: 1,
  volume_ratio_50: 1,
  volume_surge: 0,
  volume_surge_ratio: 1,
  vwap_deviation_20: 0,
  volume_price_trend: 0,
};

/** Near 0 a value is a small difference of large ones: there its error is measured against this size. */
export const priceVolumeUnits: Readonly<Record<string, number>> = { vwap_deviation_20: 1e-3 };
