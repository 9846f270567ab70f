import type { Bar } from './bars.ts';

/** Bars of a made-up market in whole ticks of 0.01, the same for the same seed; for tests that need no real prices. */
export function walk(count: number, seed: number, start = Date.UTC(2025, 0, 6), price = 100): Bar[] {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const tick = (value: number) => Math.round(value * 100) / 100;
  let last = price;
  return Array.from({ length: count }, (_, i) => {
    const open = last;
    const close = tick(open * (1 + (random() - 0.5) * 0.004));
    const high = tick(Math.max(open, close) * (1 + random() * 0.001));
    const low = tick(Math.min(open, close) * (1 - random() * 0.001));
    last = close;
    return { time: start + i * 60_000, open, high, low, close, volume: tick(1 + random() * 50) };
  });
}

/** Bars that follow the last one without any move or volume. */
export function still(count: number, after: Bar): Bar[] {
  const { close, time } = after;
  return Array.from({ length: count }, (_, i) => ({
    time: time + (i + 1) * 60_000,
    open: close,
    high: close,
    low: close,
    close,
    volume: 0,
  }));
}
