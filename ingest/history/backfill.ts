import type { ExchangeCandle } from '#ingest/feed.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type Micros, type MinuteRange, minute } from '#lib/time.ts';
import { ExchangeCandleWriter } from './exchange_candles.ts';
import { type BackfilledSymbol, daysOf, isComplete, onDay, outcomeOf, readStored, type Span } from './stored_days.ts';

export interface BackfillRequest {
  symbols: readonly string[];
  /** That many of the newest closed minutes of each symbol. */
  minutes: number;
  /** Nothing older than this. */
  since?: Micros;
  /** Days that are stored completely are fetched all the same. */
  again?: boolean;
}

export interface BackfillResult {
  /** Fetched now. */
  candles: number;
  /** The minutes for the closer; undefined when nothing came. */
  range: MinuteRange | undefined;
  symbols: BackfilledSymbol[];
  skipped: { symbol: string; reason: string }[];
}

type Rest = Pick<VenueRest, 'origin' | 'newestMinute' | 'history'>;

/**
 * Fetches the newest closed minutes of each symbol through REST into `exchange_candles`, one UTC day of all symbols after
 * the other, the newest first. Days that are there completely are passed over, so that it can be cut off and called again.
 * A symbol that gives none, or fails, is reported and left; when all are, that is an error.
 * @param onProgress done and total count days of symbols
 * @param close called after each day with its minutes, for the closer; with none the caller closes `range`
 */
export async function backfill(
  db: QuestDb,
  rest: Rest,
  { symbols, minutes, since = 0, again = false }: BackfillRequest,
  onProgress: (done: number, total: number, what: string) => void = () => {},
  close: (range: MinuteRange) => Promise<unknown> = async () => {},
): Promise<BackfillResult> {
  const { venue } = await rest.origin();
  const writer = new ExchangeCandleWriter(db);
  const skipped: BackfillResult['skipped'] = [];
  const spans: Span[] = [];
  const skipping = async <T>(symbol: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      skipped.push({ symbol, reason: reasonOf(error) });
      return undefined;
    }
  };

  await db.applied(['exchange_candles']);
  for (const symbol of symbols) {
    onProgress(0, symbols.length * Math.max(1, Math.ceil(minutes / 1_440)), symbol);
    const span = await skipping(symbol, () => spanOf(rest, symbol, minutes, since));
    if (!span) continue;
    await readStored(db, venue, span);
    spans.push(span);
  }
  if (spans.length === 0 && skipped.length > 0) throw nothingCame(skipped);

  const whole = { from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) };
  const days = spans.length > 0 ? daysOf(whole) : [];
  const left = new Set(spans);
  for (const [index, day] of days.entries()) {
    for (const [place, span] of spans.entries()) {
      onProgress(index * spans.length + place, days.length * spans.length, span.symbol);
      if (!left.has(span) || span.exhausted || !onDay(span, day) || (!again && isComplete(span, day))) continue;
      const candles = await skipping(span.symbol, () => fetchDay(rest, span, day));
      if (candles === undefined) left.delete(span);
      for (const candle of candles ?? []) await writer.write(candle);
    }
    await writer.flush();
    // Also where nothing was fetched: whoever was cut off may have ended between the two.
    await close(onDay(whole, day)!);
  }
  onProgress(days.length * spans.length, days.length * spans.length, '');

  await db.applied(['exchange_candles']);
  for (const span of spans) await readStored(db, venue, span);
  const stored = spans.filter((span) => span.stored.size > 0);
  if (stored.length === 0 && skipped.length > 0) throw nothingCame(skipped);
  return {
    candles: writer.rows,
    range: stored.length > 0 ? whole : undefined,
    symbols: [...left].map(outcomeOf),
    skipped,
  };
}

async function spanOf(rest: Rest, symbol: string, minutes: number, since: Micros): Promise<Span> {
  const newest = await rest.newestMinute(symbol);
  if (newest === undefined) throw new UserError('the exchange has no candles of it');
  const to = newest + minute;
  const from = Math.max(Math.ceil(since / minute) * minute, to - minutes * minute);
  if (from >= to) throw new UserError('the exchange has no candles of it since then');
  return { symbol, from, to, stored: new Map(), exhausted: false, fetchedDays: 0 };
}

/** @returns the bars of that day; where it has none, the span learns whether there is anything before it */
async function fetchDay(rest: Rest, span: Span, day: Micros): Promise<ExchangeCandle[]> {
  const { symbol } = span;
  const part = onDay(span, day)!;
  const candles: ExchangeCandle[] = [];
  for await (const page of rest.history({ symbol, ...part })) candles.push(...page);
  span.fetchedDays++;
  if (candles.length === 0) span.exhausted = !(await hasAny(rest, symbol, part.from));
  return candles;
}

/** Whether the exchange has any candle before this. */
async function hasAny(rest: Rest, symbol: string, to: Micros): Promise<boolean> {
  for await (const page of rest.history({ symbol, from: 0, to })) if (page.length > 0) return true;
  return false;
}

function nothingCame([{ symbol, reason }]: BackfillResult['skipped']): UserError {
  return new UserError(`No history could be fetched: ${symbol}: ${reason}`);
}
