import type { Bar } from './bars.ts';
import type { Market } from './cross.ts';
import { deviationOf, meanOf } from './windows.ts';

const minute = 60_000;
const spells = [1, 5, 20, 60, 240];
const floor = (deviation: number) => Math.log(Math.max(deviation, 1e-5));

/** What is 0 but for rounding is measured against these. */
export const rangeUnits = Object.fromEntries([
  ...[5, 15, 60].flatMap((n) => [`return_in_deviations_${n}`, `move_in_deviations_${n}`]).map((name) => [name, 0.1]),
  ...[5, 20, 60, 240].map((n) => [`log_volume_ratio_${n}`, 0.1]),
]);

/** The family range of the one-minute bars of a symbol, written from its definitions a second time, bar by bar. */
export function range(market: Market, symbol: string, from = 0): Record<string, number[]> {
  const books = new Map([...market].map(([name, bars]) => [name, new Map(bars.map((bar) => [bar.time, bar]))]));
  const days = new Map<number, Record<string, number>>();
  const rows = (market.get(symbol) ?? []).slice(from).map(({ time }) => {
    const end = Math.floor((time + minute) / (60 * minute)) * 60 * minute;
    if (!days.has(end)) days.set(end, day(books, symbol, end));
    return { ...own(books.get(symbol)!, time), ...venue(books, time), ...days.get(end), ...hour(time) };
  });
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => (row as never)[name])]));
}

type Book = ReadonlyMap<number, Bar>;

/** The last bars up to a time, oldest first; undefined where one is missing. */
function last(book: Book, time: number, count: number): Bar[] | undefined {
  const bars = Array.from({ length: count }, (_, k) => book.get(time - (count - 1 - k) * minute));
  return bars.some((bar) => bar === undefined) ? undefined : (bars as Bar[]);
}

/** Parkinson's deviation of a bar, in logs; NaN where a bar is missing. */
function parkinson(bars: Bar[] | undefined): number {
  if (!bars || bars.length === 0) return Number.NaN;
  const squares = bars.map(({ high, low }) => (Math.log(high) - Math.log(low)) ** 2);
  return floor(Math.sqrt(meanOf(squares) / (4 * Math.LN2)));
}

function own(book: Book, time: number): Record<string, number> {
  const out: Record<string, number> = {};
  const returns = (count: number) =>
    last(book, time, count + 1)?.flatMap(({ close }, k, bars) =>
      k === 0 ? [] : [Math.log(close / bars[k - 1].close)],
    );
  const deviation = (count: number) => {
    const moves = returns(count) ?? [Number.NaN];
    return floor(count === 1 ? Math.abs(moves[0]) : deviationOf(moves));
  };
  for (const n of spells) {
    out[`log_deviation_${n}`] = deviation(n);
    out[`log_parkinson_${n}`] = parkinson(last(book, time, n));
  }
  for (const n of [5, 20, 60, 240]) {
    const volumes = last(book, time, n)?.map(({ volume }) => volume) ?? [Number.NaN];
    const mean = meanOf(volumes);
    out[`log_volume_ratio_${n}`] = mean === 0 ? 0 : Math.log1p(volumes[n - 1] / mean);
  }
  for (const n of [5, 15, 60]) {
    const bars = last(book, time, n + 1);
    const moved = bars ? Math.log(bars[n].close / bars[0].close) : Number.NaN;
    const units = moved / (Math.exp(deviation(240)) * Math.sqrt(n));
    out[`return_in_deviations_${n}`] = units;
    out[`move_in_deviations_${n}`] = Math.abs(units);
  }
  return out;
}

function venue(books: ReadonlyMap<string, Book>, time: number): Record<string, number> {
  const out: Record<string, number> = {};
  for (const n of spells) {
    const all = [...books.values()]
      .map((book) => parkinson(last(book, time, n)))
      .filter((value) => !Number.isNaN(value));
    const bitcoin = parkinson(last(books.get('BTC-USDT') ?? new Map(), time, n));
    out[`market_parkinson_${n}`] = meanOf(all);
    out[`btc_parkinson_${n}`] = Number.isNaN(bitcoin) ? meanOf(all) : bitcoin;
  }
  return out;
}

/** Of the day that ends at a full hour. */
function day(books: ReadonlyMap<string, Book>, symbol: string, end: number): Record<string, number> {
  const of = (book: Book | undefined) => {
    const bars = [];
    for (let t = end - 1_440 * minute; t < end; t += minute) bars.push(...(book?.has(t) ? [book.get(t)!] : []));
    return parkinson(bars);
  };
  const all = [...books.values()].map(of).filter((value) => !Number.isNaN(value));
  const bitcoin = of(books.get('BTC-USDT'));
  return {
    log_parkinson_1440: of(books.get(symbol)),
    market_parkinson_1440: meanOf(all),
    btc_parkinson_1440: Number.isNaN(bitcoin) ? meanOf(all) : bitcoin,
  };
}

function hour(time: number): Record<string, number> {
  const share = (time % (60 * minute)) / (60 * minute);
  return {
    hour_sin: Math.sin(2 * Math.PI * share),
    hour_cos: Math.cos(2 * Math.PI * share),
    half_hour_sin: Math.sin(4 * Math.PI * share),
    half_hour_cos: Math.cos(4 * Math.PI * share),
  };
}
