import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from './feed.ts';
import { floorMinute } from './minutes.ts';

interface OpenGap {
  id: string;
  since: Micros;
  cause: string;
}

/**
 * Keeps the ledger of what a feed did not see, symbol by symbol, on the market's clock. A symbol is unseen from its last
 * event before the connection was lost until its first event after; at the start, from its newest stored tick, or from
 * the beginning of the first event's minute where there is none.
 */
export class GapLedger {
  readonly #db: QuestDb;
  readonly #venue: string;
  readonly #lastSeen: Map<string, Micros>;
  readonly #open = new Map<string, OpenGap>();
  readonly #watched = new Set<string>();

  private constructor(db: QuestDb, venue: string, lastSeen: Map<string, Micros>) {
    this.#db = db;
    this.#venue = venue;
    this.#lastSeen = lastSeen;
  }

  /** A ledger for a feed that is about to start. */
  static async start(db: QuestDb, venue: string, symbols: readonly string[]): Promise<GapLedger> {
    await db.applied(['ticks', 'gaps']);
    const rows = await db.rows<{ symbol: string; ts: Date }>('gaps/last_seen', { venue, symbols });
    return new GapLedger(db, venue, new Map(rows.map((row) => [row.symbol, row.ts.getTime() * 1000])));
  }

  /** Must be called with every tick, in order of arrival, before it is closed into a bar. */
  async saw(symbol: string, ts: Micros): Promise<void> {
    const last = this.#lastSeen.get(symbol);
    if (!this.#watched.has(symbol)) {
      this.#watched.add(symbol);
      const since = last ?? floorMinute(ts);
      if (since < ts)
        await this.#record(symbol, 'bounded', { id: idOf(symbol, since), since, cause: 'late start' }, ts);
    }
    const gap = this.#open.get(symbol);
    if (gap) {
      this.#open.delete(symbol);
      await this.#record(symbol, 'bounded', gap, Math.max(ts, gap.since + 1));
    }
    if (last === undefined || ts > last) this.#lastSeen.set(symbol, ts);
  }

  /** The connection that carried these symbols is gone. Symbols that never sent anything have no gap to open. */
  async lost(symbols: readonly string[], cause: string): Promise<void> {
    for (const symbol of symbols) {
      const since = this.#lastSeen.get(symbol);
      if (since === undefined || this.#open.has(symbol) || !this.#watched.has(symbol)) continue;
      const gap = { id: idOf(symbol, since), since, cause };
      this.#open.set(symbol, gap);
      await this.#record(symbol, 'opened', gap, null);
    }
  }

  async #record(symbol: string, event: 'opened' | 'bounded', gap: OpenGap, until: Micros | null): Promise<void> {
    await this.#db.run('gaps/record', {
      ts: new Timestamp(until ?? gap.since),
      venue: this.#venue,
      symbol,
      gap_id: `${this.#venue}/${gap.id}`,
      event,
      level: 'trades',
      since: new Timestamp(gap.since),
      until: until === null ? null : new Timestamp(until),
      cause: gap.cause,
      how: null,
    });
  }
}

/** The same gap has the same id, however often the spell is ingested. */
function idOf(symbol: string, since: Micros): string {
  return `${symbol}/${since}`;
}
