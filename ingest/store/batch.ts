import type { RejectedRow, Tick } from '#ingest/feed.ts';
import type { GapEvent } from '#ingest/gaps/events.ts';
import type { Micros } from '#lib/time.ts';

/** What the writer takes: a tick, a row that was refused, or an event of the gap ledger. */
export type Entry = Tick | RejectedRow | GapRow;

/** An event of a gap, and whose. */
export interface GapRow extends GapEvent {
  venue: string;
}

export function isGap(entry: Entry): entry is GapRow {
  return 'event' in entry;
}

export function isTick(entry: Entry): entry is Tick {
  return 'eventId' in entry;
}

/** Rows that travel together, in the order of arrival. */
export interface Batch {
  entries: readonly Entry[];
  /** How many of them are ticks. */
  ticks: number;
  /** Times of its ticks; of its first entry where it has none. */
  span: Span;
}

/** Between which times of receipt and of event ticks lie, both ends included. */
export interface Span {
  receivedFrom: Micros;
  receivedTo: Micros;
  tsFrom: Micros;
  tsTo: Micros;
}

/** At least one entry. */
export function batchOf(entries: readonly Entry[]): Batch {
  const ticks = entries.filter(isTick);
  if (ticks.length === 0) {
    const [first] = entries;
    const at = isGap(first) ? first.at : first.receivedAt;
    return { entries, ticks: 0, span: { receivedFrom: at, receivedTo: at, tsFrom: at, tsTo: at } };
  }
  const span = {
    receivedFrom: ticks[0].receivedAt,
    receivedTo: ticks[0].receivedAt,
    tsFrom: ticks[0].ts,
    tsTo: ticks[0].ts,
  };
  for (const { ts, receivedAt: at } of ticks) {
    if (ts < span.tsFrom) span.tsFrom = ts;
    if (ts > span.tsTo) span.tsTo = ts;
    if (at > span.receivedTo) span.receivedTo = at;
  }
  return { entries, ticks: ticks.length, span };
}

/** The batch's rows as one line of JSON; values by position, since names would be most of the text. */
export function encode(entries: readonly Entry[]): string {
  const values = (entry: Entry) =>
    isTick(entry) ? tickValues(entry) : isGap(entry) ? gapValues(entry) : rejectedValues(entry);
  return JSON.stringify(entries.map(values));
}

/** @throws SyntaxError or TypeError where the text is not what `encode` wrote */
export function decode(text: string): Entry[] {
  // A spool of before has ticks without their place in the order of arrival.
  const kinds: { [length: number]: (values: unknown[]) => Entry } = {
    18: tickOf,
    17: tickOf,
    10: gapOf,
    6: rejectedOf,
  };
  return (JSON.parse(text) as unknown[][]).map((values) => kinds[values.length](values));
}

function rejectedValues({ venue, symbol, source, reason, raw, receivedAt }: RejectedRow): unknown[] {
  return [venue, symbol, source, reason, raw, receivedAt];
}

function rejectedOf(values: unknown[]): RejectedRow {
  const [venue, symbol, source, reason, raw, receivedAt] = values;
  return { venue, symbol, source, reason, raw, receivedAt } as RejectedRow;
}

function gapValues({ venue, symbol, id, event, level, at, since, until, cause, how }: GapRow): unknown[] {
  return [venue, symbol, id, event, level, at, since, until, cause, how];
}

function gapOf(values: unknown[]): GapRow {
  const [venue, symbol, id, event, level, at, since, until, cause, how] = values;
  return { venue, symbol, id, event, level, at, since, until, cause, how } as GapRow;
}

function tickValues(tick: Tick): unknown[] {
  return [
    ...[tick.venue, tick.symbol, tick.source, tick.kind, tick.ts, tick.eventId, tick.price, tick.size, tick.side],
    ...[
      tick.bid,
      tick.ask,
      tick.bidSize,
      tick.askSize,
      tick.volume24h,
      tick.high24h,
      tick.low24h,
      tick.receivedAt,
      tick.seq,
    ],
  ];
}

function tickOf(values: unknown[]): Tick {
  const [venue, symbol, source, kind, ts, eventId, price, size, side, bid, ask, bidSize, askSize, ...rest] = values;
  const [volume24h, high24h, low24h, receivedAt, seq = null] = rest;
  return {
    ...{ venue, symbol, source, kind, ts, eventId, price, size, side, bid, ask, bidSize, askSize },
    ...{ volume24h, high24h, low24h, receivedAt, seq },
  } as Tick;
}
