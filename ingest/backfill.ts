import { reasonOf, UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { BlofinRest } from './blofin/rest.ts';
import { ExchangeCandleWriter } from './exchange_candles.ts';
import type { Micros } from './feed.ts';
import { type MinuteRange, minute } from './minutes.ts';

export interface BackfillRequest {
  symbols: readonly string[];
  /** That many of the newest closed minutes of each symbol. */
  minutes: number;
  /** Nothing older than this. */
  since?: Micros;
}

export interface BackfillResult {
  candles: number;
  /** The minutes for the closer; undefined when nothing came. */
  range: MinuteRange | undefined;
  skipped: { symbol: string; reason: string }[];
}

/**
 * Fetches the newest closed minutes of each symbol through REST and hands them to the closer's table. A symbol that gives
 * none is reported and passed over; when none gives any, that is an error.
 */
export async function backfill(
  db: QuestDb,
  rest: BlofinRest,
  { symbols, minutes, since = 0 }: BackfillRequest,
  onProgress: (done: number, total: number, what: string) => void = () => {},
): Promise<BackfillResult> {
  const writer = new ExchangeCandleWriter(db);
  const skipped: BackfillResult['skipped'] = [];
  for (const [index, symbol] of symbols.entries()) {
    onProgress(index, symbols.length, symbol);
    try {
      // Two, because the newest may still be forming and is then left out.
      const newest = (await rest.candles({ symbol, limit: 2 })).at(-1)?.ts;
      if (newest === undefined) throw new UserError('the exchange has no candles of it');
      const to = newest + minute;
      for await (const page of rest.history({ symbol, from: Math.max(since, to - minutes * minute), to })) {
        for (const candle of page) await writer.write(candle);
      }
    } catch (error) {
      skipped.push({ symbol, reason: reasonOf(error) });
    }
  }
  await writer.flush();
  onProgress(symbols.length, symbols.length, '');
  if (skipped.length > 0 && skipped.length === symbols.length)
    throw new UserError(`No history could be fetched: ${skipped[0].symbol}: ${skipped[0].reason}`);
  return { candles: writer.rows, range: writer.range, skipped };
}
