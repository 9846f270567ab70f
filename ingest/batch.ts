import type { Micros, RejectedRow, Tick } from './feed.ts';

/** What the writer takes: a tick, or a row that was refused. */
export type Entry = Tick | RejectedRow;

export function isTick(entry: Entry): entry is Tick {
  return 'eventId' in entry;
}

/** Rows that travel together, in the order of arrival. */
export interface Batch {
  entries: readonly Entry[];
  /** How many of them are ticks. */
  ticks: number;
  /** Times of its ticks; those of its arrival where it has none. */
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
  const { receivedAt } = entries[0];
  if (ticks.length === 0)
    return {
      entries,
      ticks: 0,
      span: { receivedFrom: receivedAt, receivedTo: receivedAt, tsFrom: receivedAt, tsTo: receivedAt },
    };
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
  return JSON.stringify(entries.map((entry) => (isTick(entry) ? tickValues(entry) : rejectedValues(entry))));
}

/** @throws SyntaxError or TypeError where the text is not what `encode` wrote */
export function decode(text: string): Entry[] {
  return (JSON.parse(text) as unknown[][]).map((values) =>
    values.length === rejectedLength ? rejectedOf(values) : tickOf(values),
  );
}

const rejectedLength = 6;

function rejectedValues({ venue, symbol, source, reason, raw, receivedAt }: RejectedRow): unknown[] {
  return [venue, symbol, source, reason, raw, receivedAt];
}

function rejectedOf(values: unknown[]): RejectedRow {
  const [venue, symbol, source, reason, raw, receivedAt] = values;
  return { venue, symbol, source, reason, raw, receivedAt } as RejectedRow;
}

function tickValues(tick: Tick): unknown[] {
  return [
    ...[tick.venue, tick.symbol, tick.source, tick.kind, tick.ts, tick.eventId, tick.price, tick.size, tick.side],
    ...[tick.bid, tick.ask, tick.bidSize, tick.askSize, tick.volume24h, tick.high24h, tick.low24h, tick.receivedAt],
  ];
}

function tickOf(values: unknown[]): Tick {
  const [venue, symbol, source, kind, ts, eventId, price, size, side, bid, ask, bidSize, askSize, ...rest] = values;
  const [volume24h, high24h, low24h, receivedAt] = rest;
  return {
    ...{ venue, symbol, source, kind, ts, eventId, price, size, side, bid, ask, bidSize, askSize },
    ...{ volume24h, high24h, low24h, receivedAt },
  } as Tick;
}
