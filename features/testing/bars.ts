import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One bar as the second implementation reads it. */
export interface Bar {
  /** Bar-open time in milliseconds. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** Decimals of the prices of the recorded symbols: the second implementation compares moves in whole ticks. */
export const decimals: Record<string, number> = { 'BTC-USDT': 1, 'SUI-USDT': 4 };

/** The first `count` recorded one-minute bars from `from` (milliseconds) on. */
export function recordedBars(recordings: string, symbol: string, count: number, from = 0): Bar[] {
  const text = gunzipSync(readFileSync(join(recordings, 'candles-1m', `${symbol}.csv.gz`))).toString();
  const lines = text.trim().split('\n').slice(1);
  const bars = lines.map((line) => {
    const [time, open, high, low, close, volume] = line.split(',').map(Number);
    return { time, open, high, low, close, volume };
  });
  return bars.filter((bar) => bar.time >= from).slice(0, count);
}
