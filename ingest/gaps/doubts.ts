import { type Micros, minute } from '#lib/time.ts';

/**
 * How far apart events may arrive that happened at one time: on another socket, or in another stream. So long without a
 * refusal, and a stream is sound again.
 */
export const slack: Micros = 15_000_000;
/** A doubt that goes on is cut into parts of this length, so that the first ones can be healed meanwhile. */
const longest: Micros = 5 * minute;
/** A time that a refused row states is believed when it is not further away than this from the market's. */
const credible = { behind: 60 * minute, ahead: minute };

/** A spell of a symbol in which trades may be missing although events of it go on. */
export interface Doubt {
  since: Micros;
  /** Where it ends if it ends now; undefined: where the next sound events are, since no refused row told its time. */
  until: Micros | undefined;
  cause: string;
  /** The market's time at the last refusal; undefined: time does not end it. */
  refusedAt: Micros | undefined;
}

/** A doubt that is over. */
export type Spell = Doubt & { until: Micros };

/**
 * The spells in which rows of symbols were refused: one spell a symbol, however many rows, until sound events have come for
 * some seconds. Times are those of the market, as its events tell them.
 */
export class Doubts {
  readonly #open = new Map<string, Doubt>();
  /** No doubt ends by time before. */
  #dueAt = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#open.size;
  }

  get(symbol: string): Doubt | undefined {
    return this.#open.get(symbol);
  }

  /** Opens one, in the place of what there is. */
  open(symbol: string, doubt: Doubt): Doubt {
    this.#open.set(symbol, doubt);
    if (doubt.refusedAt !== undefined) this.#dueAt = Math.min(this.#dueAt, doubt.refusedAt + slack);
    return doubt;
  }

  close(symbol: string): void {
    this.#open.delete(symbol);
  }

  /**
   * A row was refused.
   * @param stated the event time that it states
   * @returns a spell that is over and one that begins, where that is so; else the one that is open goes on
   */
  refused(symbol: string, cause: string, stated: Micros | null, now: Micros): { over?: Spell; begun?: Doubt } {
    const known = stated !== null && stated > now - credible.behind && stated < now + credible.ahead;
    const until = known ? stated + 1 : undefined;
    const since = known ? Math.min(stated, now) : now - slack;
    const open = this.#open.get(symbol);
    if (!open) return { begun: this.open(symbol, { since, until, cause, refusedAt: now }) };
    // Whatever is missing is so until something else ends it.
    if (open.refusedAt === undefined) return {};
    if (since < open.since && known) {
      const begun = { since: Math.min(since, now - slack), until, cause, refusedAt: now };
      return { over: this.#spell(open, now), begun: this.open(symbol, begun) };
    }
    if (now - open.since >= longest) {
      const over = { ...open, until: Math.max(now, open.since + 1) };
      return { over, begun: this.open(symbol, { since: over.until, until, cause, refusedAt: now }) };
    }
    open.refusedAt = now;
    open.until = open.until === undefined || until === undefined ? undefined : Math.max(open.until, until);
    return {};
  }

  /** The spells that are over at this time of the market; mostly none. */
  due(now: Micros): [symbol: string, spell: Spell][] {
    if (now < this.#dueAt) return [];
    this.#dueAt = Number.POSITIVE_INFINITY;
    const over: [string, Spell][] = [];
    for (const [symbol, doubt] of this.#open) {
      if (doubt.refusedAt === undefined) continue;
      const at = doubt.refusedAt + slack;
      if (now >= at) over.push([symbol, this.#spell(doubt, now)]);
      else this.#dueAt = Math.min(this.#dueAt, at);
    }
    for (const [symbol] of over) this.#open.delete(symbol);
    return over;
  }

  /** All that end by time, now: nothing comes any more. */
  end(now: Micros): [symbol: string, spell: Spell][] {
    return this.due(Math.max(now, ...[...this.#open.values()].map(({ refusedAt }) => (refusedAt ?? 0) + slack)));
  }

  #spell(doubt: Doubt, now: Micros): Spell {
    return { ...doubt, until: doubt.until ?? now + slack };
  }
}
