import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from './feed.ts';
import { floorMinute } from './minutes.ts';

type OpenGap = {
  id: string;
  since: Micros;
  cause: string;
};

/**
 * Keeps the ledger of what a feed did not see, symbol by symbol, on the market's clock. A symbol is unseen from the last
 * event that its connection brought until its first event after; at the start, from where the ledger left it, else from
 * its newest stored tick, or from the beginning of the first event's minute where there is none.
 */
export class GapLedger {
  readonly #db: QuestDb;
  readonly #venue: string;
  readonly #open = new Map<string, OpenGap>();
  /** Newest event of each symbol that was seen, now or before. */
  readonly #lastSeen: Map<string, Micros>;
  /** The newest event stored before the start. */
  readonly resumedAt: Micros | undefined;

  private constructor(db: QuestDb, venue: string, lastSeen: Map<string, Micros>) {
    this.#db = db;
    this.#venue = venue;
    this.#lastSeen = lastSeen;
    this.resumedAt = lastSeen.size === 0 ? undefined : Math.max(...lastSeen.values());
  }

  /** A ledger for a feed that is about to start. Where the one before ended without a word, the gap is opened now. */
  static async start(db: QuestDb, venue: string, symbols: readonly string[]): Promise<GapLedger> {
    await db.applied(['ticks', 'gaps']);
    const seen = await db.rows<{ symbol: string; ts: Micros }>('gaps/last_seen', { venue, symbols });
    const ledger = new GapLedger(db, venue, new Map(seen.map((row) => [row.symbol, row.ts])));
    const open = await db.rows<OpenGap & { symbol: string }>('gaps/open', { venue, symbols });
    for (const { symbol, id, since, cause } of open) ledger.#open.set(symbol, { id, since, cause });
    for (const [symbol, last] of ledger.#lastSeen) await ledger.#begin(symbol, last, 'late start');
    return ledger;
  }

  /** Must be called with every tick, in order of arrival, before it is closed into a bar. */
  async saw(symbol: string, ts: Micros): Promise<void> {
    const last = this.#lastSeen.get(symbol);
    if (last === undefined) {
      const since = floorMinute(ts);
      if (since < ts)
        await this.#record(symbol, 'bounded', { id: this.#idOf(symbol, since), since, cause: 'late start' }, ts);
    }
    const gap = this.#open.get(symbol);
    // An event from before the gap, repeated or late, does not show that the feed is back.
    if (gap && ts > gap.since) {
      this.#open.delete(symbol);
      await this.#record(symbol, 'bounded', gap, ts);
    }
    if (last === undefined || ts > last) this.#lastSeen.set(symbol, ts);
  }

  /**
   * The connection that carried these symbols is gone; symbols that never sent anything have no gap to open.
   * @param soundUntil event time until which it brought all; the newest event of these symbols where it is not known
   * @returns the beginnings of the gaps opened now: bars of these minutes are not whole any more
   */
  async lost(symbols: readonly string[], cause: string, soundUntil?: Micros): Promise<Micros[]> {
    const seen = symbols.filter((symbol) => this.#lastSeen.has(symbol) && !this.#open.has(symbol));
    // Until its last event the connection was sound for all of them, quiet ones included.
    const since = soundUntil ?? Math.max(...seen.map((symbol) => this.#lastSeen.get(symbol)!));
    for (const symbol of seen) await this.#begin(symbol, since, cause);
    return seen.length > 0 ? [since] : [];
  }

  async #begin(symbol: string, since: Micros, cause: string): Promise<void> {
    if (this.#open.has(symbol)) return;
    const gap = { id: this.#idOf(symbol, since), since, cause };
    this.#open.set(symbol, gap);
    await this.#record(symbol, 'opened', gap, null);
  }

  async #record(symbol: string, event: 'opened' | 'bounded', gap: OpenGap, until: Micros | null): Promise<void> {
    const row = {
      ts: new Timestamp(until ?? gap.since),
      venue: this.#venue,
      symbol,
      gap_id: gap.id,
      event,
      level: 'trades',
      since: new Timestamp(gap.since),
      until: until === null ? null : new Timestamp(until),
      cause: gap.cause,
      how: null,
    };
    // The ledger must not lose an event to an outage of the database, and ticks must not pass one that is not in it.
    for (;;) {
      try {
        return await this.#db.run('gaps/record', row);
      } catch (error) {
        if (!(error instanceof UserError && error.passing)) throw error;
        await sleep(500);
      }
    }
  }

  /** The same gap has the same id, however often the spell is ingested. */
  #idOf(symbol: string, since: Micros): string {
    return `${this.#venue}/${symbol}/${since}`;
  }
}
