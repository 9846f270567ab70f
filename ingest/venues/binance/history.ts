import type { ExchangeCandle } from '#ingest/feed.ts';
import { UserError } from '#lib/errors.ts';
import type { Micros } from '#lib/time.ts';
import type { KlineRow } from './candles.ts';

/** Asks for the rows with time in `[from, to)` (milliseconds): the first ones, ascending, as many as fit a page. */
export type KlinePages = (from: number, to: number, limit: number) => Promise<KlineRow[]>;

const minute = 60_000;

/**
 * Walks one-minute candles from the newest page to the oldest over `[from, to)` (microseconds); the candles of a page
 * ascend, each closed minute comes once. The venue pages forwards only, so each page is a window of `pageRows` minutes of
 * its own, read until its end: a server may give fewer rows than asked for, and an empty window is a halt of trading, not
 * the end of history. That is asked for first.
 */
export async function* walkWindows(
  pages: KlinePages,
  { symbol, from, to, pageRows }: { symbol: string; from: Micros; to: Micros; pageRows: number },
): AsyncGenerator<ExchangeCandle[], void, void> {
  const earliest = Math.ceil(from / 1_000 / minute) * minute;
  let end = Math.ceil(to / 1_000 / minute) * minute;
  if (end <= earliest) return;
  const [oldest] = await pages(earliest, end, 1);
  if (!oldest) return;
  while (end > oldest.ms) {
    const start = Math.max(oldest.ms, end - pageRows * minute);
    const rows = await window(pages, symbol, start, end, pageRows);
    const page = rows.filter((row) => row.closed).map((row) => row.candle);
    if (page.length > 0) yield page;
    end = start;
  }
}

async function window(pages: KlinePages, symbol: string, start: number, end: number, limit: number) {
  const rows: KlineRow[] = [];
  for (let next = start; next < end; ) {
    const more = await pages(next, end, limit);
    if (more.length === 0) break;
    for (const row of more) {
      if (row.ms < next || row.ms >= end) {
        throw new UserError(
          `The exchange gives ${symbol} candles of other times than asked for, or not in order.`,
          'Its paging has changed: check market.restUrl and the version of tickforest.',
        );
      }
      rows.push(row);
      next = row.ms + minute;
    }
  }
  return rows;
}
