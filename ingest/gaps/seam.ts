import { floorMinute, type Micros, minute } from '#lib/time.ts';

/** An event of a symbol, as far as it matters for what lies beside it. */
export interface Seen {
  ts: Micros;
  /** Of a trade whose id is a number; else null. */
  number: number | null;
}

/** Why it is not known what lies between two events; null where it is known that nothing does. */
export type Doubt = 'missing ids' | 'missed minute' | null;

/**
 * The rule by which a stretch between two events that follow each other is quiet or unknown, live and in imports. Where the
 * ids of trades count, they alone decide: the next id proves a quiet spell of any length, and a jump proves a hole of any
 * length. Elsewhere a minute without any event is unknown.
 * @param counting whether each trade of the symbol has the id of the one before plus 1
 */
export function doubtBetween(before: Seen, after: Seen, counting: boolean): Doubt {
  if (counting && before.number !== null && after.number !== null)
    return after.number === before.number + 1 ? null : 'missing ids';
  return floorMinute(after.ts) - floorMinute(before.ts) < 2 * minute ? null : 'missed minute';
}

/** The id of a trade as a number: `12`, and `a12` of aggregated trades; null where it is none that a double holds. */
export function numberOf(eventId: string): number | null {
  const number = Number(eventId.startsWith('a') ? eventId.slice(1) : eventId);
  return Number.isSafeInteger(number) && number >= 0 && eventId !== '' ? number : null;
}
