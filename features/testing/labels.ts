import type { Bar } from './bars.ts';
import { deviationOf } from './windows.ts';

export interface Label {
  up: number;
  log_return: number;
  last_return: number;
  momentum_change: number;
  momentum_class: number;
  momentum_band: number;
  log_volatility: number;
  drawdown: number;
  dev_5: number;
  dev_20: number;
  dev_60: number;
  dev_240: number;
}

const floored = (deviation: number) => Math.log(Math.max(deviation, 1e-5));

/**
 * The labels of bar t of one unbroken run, horizon h, by plain loops; null where a bar that it needs is not in the run.
 */
export function labelOf(bars: readonly Bar[], t: number, h: number, digits: number): Label | null {
  if (t - 240 < 0 || t - 239 - 2 * h < 0 || t + h >= bars.length) return null;
  const ticks = (price: number) => Math.round(price * 10 ** digits);
  const close = (i: number) => bars[i].close;
  const returned = (i: number, k: number) => Math.log(close(i) / close(i - k));
  const change = (i: number) => returned(i + h, h) - returned(i, h);
  const returns = (first: number, last: number) => {
    const out: number[] = [];
    for (let i = first; i <= last; i++) out.push(returned(i, 1));
    return out;
  };
  const known: number[] = [];
  for (let i = t - h - 239; i <= t - h; i++) known.push(change(i));
  const band = new Set(known).size === 1 ? 0 : deviationOf(known) / 4;
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = t + 1; i <= t + h; i++) lowest = Math.min(lowest, bars[i].low);
  const ahead = returns(t + 1, t + h);
  return {
    up: Number(ticks(close(t + h)) > ticks(close(t))),
    log_return: returned(t + h, h),
    last_return: returned(t, h),
    momentum_change: change(t),
    momentum_class: change(t) > band ? 2 : change(t) < -band ? 0 : 1,
    momentum_band: band,
    log_volatility: floored(h === 1 ? Math.abs(ahead[0]) : deviationOf(ahead)),
    drawdown: Math.max(0, 1 - lowest / close(t)),
    dev_5: floored(deviationOf(returns(t - 4, t))),
    dev_20: floored(deviationOf(returns(t - 19, t))),
    dev_60: floored(deviationOf(returns(t - 59, t))),
    dev_240: floored(deviationOf(returns(t - 239, t))),
  };
}
