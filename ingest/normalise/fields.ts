import { isDecimal } from '#ingest/decimal.ts';
import type { RejectReason } from '#ingest/feed.ts';
import type { Micros } from '#lib/time.ts';

/** A JSON object whose fields are yet to be checked. */
export type Fields = { [name: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** 2001 to 2099 in milliseconds: a time in seconds or microseconds falls outside. */
const earliest = 1e12;
const latest = 4.1e12;

/** Venues leave a field out, or send it empty, where there is nothing to say. */
export function absent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Longer than any venue states a number; exact conversion of much longer ones would take its time. */
const longestNumber = 40;

/** Decimal text of a field that is a decimal string or, as some servers send, a number; null when it is neither. */
export function decimalOf(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.length <= longestNumber && isDecimal(text) ? text : null;
}

/** Beyond these a price or size is as good as zero or infinite; within, no conversion to base coin leaves the doubles. */
const least = 1e-30;
const most = 1e30;

/** Whether this decimal text is above zero and finite, also after conversion to base coin. */
export function isPositive(text: string): boolean {
  const value = Number(text);
  return value >= least && value <= most;
}

/** Whether this decimal text is a size that may be zero: an empty side of the book, a day without a trade. No `-0`. */
export function isSize(text: string): boolean {
  return isPositive(text) || (Number(text) === 0 && !text.startsWith('-'));
}

/** A price above zero, or why it is none. */
export function priceOf(value: unknown): number | RejectReason {
  const text = decimalOf(value);
  if (text === null) return 'price is not a number';
  return isPositive(text) ? Number(text) : 'price is not positive';
}

/** An id of the venue's that tells rows apart: printable, not long, as text; null when it is none. */
export function idOf(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;
  return typeof text === 'string' && isName(text) ? text : null;
}

/** Whether text can name something of a venue: a channel, an instrument, a trade. */
export function isName(text: string): boolean {
  return /^[\x21-\x7e]{1,64}$/.test(text);
}

/** A time in milliseconds, or why it is none. */
export function timeOf(value: unknown): number | RejectReason {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) return 'time is not a number';
  const ts = Number(text);
  return ts >= earliest && ts <= latest ? ts : 'time is out of range';
}

/** The event time that a refused row states in milliseconds, in microseconds; null where it cannot be read. */
export function statedTime(value: unknown): Micros | null {
  const ts = timeOf(value);
  return typeof ts === 'string' ? null : ts * 1_000;
}
