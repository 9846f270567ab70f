import type { Micros } from '#lib/time.ts';
import { Recent } from './recent.ts';

/** What of a trade tells it from another one with the same id. */
export interface Print {
  ts: Micros;
  price: number | null;
  size: number | null;
  side: string | null;
}

/**
 * Whether two trades with the same id are one: price and size are the same, the sides do not contradict each other, and so
 * do the times, of which one may be cut off to milliseconds or seconds.
 */
export function isSameTrade(a: Print, b: Print): boolean {
  const sides = a.side === null || b.side === null || a.side === b.side;
  return isSameNumber(a.price, b.price) && isSameNumber(a.size, b.size) && sides && isSameTime(a.ts, b.ts);
}

/** But for the rounding of a conversion to base coin. */
function isSameNumber(a: number | null, b: number | null): boolean {
  return a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-9 * Math.abs(a));
}

/** Cut off to full milliseconds or seconds, as venues state times. */
const units: Micros[] = [1_000, 1_000_000];

function isSameTime(a: Micros, b: Micros): boolean {
  return a === b || units.some((unit) => a === b - (b % unit) || b === a - (a % unit));
}

/**
 * The trades of one symbol that came last, told apart by one rule: the same id with the same content is the same trade,
 * the same id with other content is another one.
 */
export class SeenTrades {
  readonly #prints: Recent<Print[]>;

  /** @param size how many ids to remember */
  constructor(size: number) {
    this.#prints = new Recent(size);
  }

  /**
   * What this trade is, which is known from now on. One that reuses an id gets a number behind it where it would else
   * replace the other trade, because the key of the table is time and id.
   */
  see(trade: Print & { eventId: string }): 'new' | 'duplicate' | 'reused' {
    const id = trade.eventId;
    const print: Print = { ts: trade.ts, price: trade.price, size: trade.size, side: trade.side };
    const known = this.#prints.get(id);
    if (known === undefined) {
      this.#prints.set(id, [print]);
      return 'new';
    }
    if (known.some((other) => isSameTrade(other, print))) return 'duplicate';
    const clashing = known.filter(({ ts }) => ts === print.ts).length;
    if (clashing > 0) trade.eventId = `${id}~${clashing}`;
    known.push(print);
    return 'reused';
  }
}
