import type { ExchangeCandle } from '#ingest/feed.ts';
import { UserError } from '#lib/errors.ts';
import type { Micros } from '#lib/time.ts';
import type { CandleRow } from './candles.ts';

/** Asks for the page of one-minute rows strictly older than `after` (milliseconds), in any order. */
export type CandlePages = (after: number) => Promise<CandleRow[]>;

const minute = 60_000;

/**
 * Walks one-minute candles backwards from `to` to `from` (`[from, to)`, microseconds), page by page; the candles of a page
 * ascend, each closed minute comes once, and the bar that is still forming never.
 *
 * `before` of the API cannot walk (it gives the latest rows, not the next), so only `after` is used. Pages overlap by one
 * bar. How many rows a page has says nothing about the end of history: servers cap pages at 100, 300, 1,000 or 1,440
 * rows. The end is a page, asked for without overlap, that is empty.
 */
export async function* walkBack(
  pages: CandlePages,
  { symbol, from, to }: { symbol: string; from: Micros; to: Micros },
): AsyncGenerator<ExchangeCandle[], void, void> {
  const first = Math.ceil(from / 1_000 / minute) * minute;
  let oldest = Math.ceil(to / 1_000 / minute) * minute;
  let overlap = 0;
  while (oldest > first) {
    const after = oldest + overlap;
    const rows = await pages(after);
    if (rows.some((row) => row.ms >= after)) {
      throw new UserError(
        `The exchange gives ${symbol} candles that are not older than asked for.`,
        'Its paging has changed: check market.restUrl and the version of tickforest.',
      );
    }
    const older = unique(rows.filter((row) => row.ms < oldest));
    if (older.length === 0) {
      if (overlap === 0) return;
      overlap = 0;
      continue;
    }
    oldest = older[0].ms;
    overlap = minute;
    const page = older.filter((row) => row.closed && row.ms >= first).map((row) => row.candle);
    if (page.length > 0) yield page;
  }
}

/** Ascending by time, one row a bar. */
function unique(rows: CandleRow[]): CandleRow[] {
  rows.sort((a, b) => a.ms - b.ms);
  return rows.filter((row, i) => i === 0 || row.ms !== rows[i - 1].ms);
}
