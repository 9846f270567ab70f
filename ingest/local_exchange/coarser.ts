import { sumText } from '#ingest/decimal.ts';
import type { CandleSeries, CandleTuple } from './market.ts';

const minuteMs = 60_000;

/** The lengths of bars that all exchanges have, in minutes. Longer ones begin at different times from venue to venue. */
export const barMinutes: { readonly [name: string]: number } = {
  ...{ '1m': 1, '3m': 3, '5m': 5, '15m': 15, '30m': 30, '1h': 60, '2h': 120 },
  ...{ '4h': 240, '6h': 360, '8h': 480, '12h': 720, '1d': 1_440 },
};

/**
 * Bars of `minutes` each, made of one-minute candles, on the grid of UTC. A bar that lacks a minute is left out: it would be
 * another one than the exchange's. Only the newest may lack its end; it is then not confirmed.
 */
export function coarser(series: CandleSeries, minutes: number): CandleSeries {
  if (minutes === 1) return series;
  const barMs = minutes * minuteMs;
  const bars: { first: number; count: number }[] = [];
  for (let first = 0, next = 0; first < series.length; first = next) {
    const open = Math.floor(series.timeAt(first) / barMs) * barMs;
    while (next < series.length && series.timeAt(next) < open + barMs) next += 1;
    const count = next - first;
    const fromItsStart = series.timeAt(first) === open && series.timeAt(next - 1) === open + (count - 1) * minuteMs;
    if (fromItsStart && (count === minutes || next === series.length)) bars.push({ first, count });
  }
  return {
    length: bars.length,
    timeAt: (i) => series.timeAt(bars[i].first),
    rowAt: (i) => {
      const { first, count } = bars[i];
      const rows = Array.from({ length: count }, (_, minute) => series.rowAt(first + minute));
      return barOf(rows, count === minutes);
    },
  };
}

function barOf(rows: CandleTuple[], ended: boolean): CandleTuple {
  const [first, last] = [rows[0], rows[rows.length - 1]];
  const column = (i: number) => rows.map((row) => row[i]);
  const high = column(2).reduce((most, text) => (Number(text) > Number(most) ? text : most));
  const low = column(3).reduce((least, text) => (Number(text) < Number(least) ? text : least));
  const [contracts, base] = [5, 6].map((i) => sumText(column(i)));
  // The sum of what is not known is not known.
  const quote = column(7).includes('') ? '' : sumText(column(7));
  return [first[0], first[1], high, low, last[4], contracts, base, quote, ended && last[8] === '1' ? '1' : '0'];
}
