import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { type Micros, type MinuteRange, minute } from '#lib/time.ts';
import type { RowOf } from '#sql/rows.ts';

const day = 1_440 * minute;

/** What is stored of one UTC day of a symbol: how many bars, and the first of them. */
type StatedDay = RowOf<'candles/stated_days'>;

/** Exchange candles of one symbol that are to be brought in, and how far that is. */
export interface Span extends MinuteRange {
  symbol: string;
  /** Bars stored so far, by UTC day. */
  stored: Map<Micros, StatedDay>;
  /** The exchange has nothing before its first bar here. */
  exhausted: boolean;
  fetchedDays: number;
}

/** UTC days that these minutes touch, the newest first. */
export function daysOf({ from, to }: MinuteRange): Micros[] {
  const first = Math.floor(from / day);
  const last = Math.floor((to - minute) / day);
  return Array.from({ length: last - first + 1 }, (_, i) => (last - i) * day);
}

/** The minutes of the range on that day; undefined where there are none. */
export function onDay({ from, to }: MinuteRange, start: Micros): MinuteRange | undefined {
  const part = { from: Math.max(from, start), to: Math.min(to, start + day) };
  return part.from < part.to ? part : undefined;
}

export async function readStored(db: QuestDb, venue: string, span: Span): Promise<void> {
  const { symbol, from, to } = span;
  const range = { from: new Timestamp(from), to: new Timestamp(to) };
  const rows = await db.rows('candles/stated_days', { venue, symbol, ...range });
  span.stored = new Map(rows.map((row) => [row.day, row]));
}

/** Whether every minute of the span on that day is stored. */
export function isComplete(span: Span, start: Micros): boolean {
  return lacking(span, start) === 0;
}

/** What came of a symbol's span. */
export interface BackfilledSymbol {
  symbol: string;
  /** UTC days of the span, and how many of them were fetched now; the others were complete before. */
  days: number;
  fetched: number;
  /** Bars that are stored of it now. */
  candles: number;
  /** Bar-open times of the first and the last minute asked for; the first that there is where the history begins later. */
  from: string;
  to: string;
  /** Minutes between these two that the exchange did not give. */
  missing: { day: string; minutes: number }[];
}

export function outcomeOf(span: Span): BackfilledSymbol {
  const { symbol, to, fetchedDays: fetched } = span;
  const stored = [...span.stored.values()];
  const first = Math.min(...stored.map((row) => row.first));
  // What was never traded is not missing.
  const whole = { ...span, from: span.exhausted && first < to ? first : span.from };
  const days = daysOf(whole);
  return {
    symbol,
    days: days.length,
    fetched,
    candles: stored.reduce((sum, { candles }) => sum + candles, 0),
    from: iso(whole.from),
    to: iso(to - minute),
    missing: days
      .map((start) => ({ day: iso(start).slice(0, 10), minutes: lacking(whole, start) }))
      .filter(({ minutes }) => minutes > 0),
  };
}

function lacking(span: Span, start: Micros): number {
  const part = onDay(span, start);
  return part ? (part.to - part.from) / minute - (span.stored.get(start)?.candles ?? 0) : 0;
}

function iso(ts: Micros): string {
  return new Date(ts / 1_000).toISOString();
}
