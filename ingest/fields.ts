import { isDecimal } from './decimal.ts';
import type { RejectReason } from './feed.ts';

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

/** Decimal text of a field that is a decimal string or, as some servers send, a number; null when it is neither. */
export function decimalOf(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && isDecimal(text) ? text : null;
}

/** A price above zero, or why it is none. */
export function priceOf(value: unknown): number | RejectReason {
  const text = decimalOf(value);
  if (text === null) return 'price is not a number';
  const price = Number(text);
  return price > 0 && price < Infinity ? price : 'price is not positive';
}

/** A time in milliseconds, or why it is none. */
export function timeOf(value: unknown): number | RejectReason {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) return 'time is not a number';
  const ts = Number(text);
  return ts >= earliest && ts <= latest ? ts : 'time is out of range';
}
