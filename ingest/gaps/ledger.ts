import { type Logger, silent } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { floorMinute, type Micros, type MinuteRange, minute } from '#lib/time.ts';
import { GapBook, type OpenGap } from './book.ts';
import { DoubtLedger } from './doubt_ledger.ts';
import { GapEvents, type GapSink } from './events.ts';
import { doubtBetween, type Seen } from './seam.ts';

/**
 * Keeps the ledger of what a feed did not see, symbol by symbol, on the market's clock. A symbol is unseen
 * - from the last event that its lost connection brought until its first event after;
 * - at the start, from where the ledger or its newest stored tick left it; where it never had a tick, from the end of its
 *   candles, else from the beginning of the first event's minute;
 * - from its last event on when a whole minute brought none, trade or quote: no flat bar may pretend to know of it;
 * - from its subscription on when a whole minute after it brought nothing at all;
 * - where the ids of its trades count, from the trade before a jump to the trade after it, whatever the connection says. No
 *   jump proves the opposite: a gap that ends with the very next id has missed no trade, and is healed as it ends;
 * - around rows that were refused and may have been trades, however many, until sound events have come for some seconds; the
 *   next id decides here too;
 * - from the last trade that came where quotes show others, until trades come; where they have only hinted at others before
 *   the connection was replaced, until any event comes.
 *
 * No call waits for QuestDB, except for `start` and `flush`; the latter comes before minutes are handed to the closer.
 */
export class GapLedger {
  readonly #book: GapBook;
  readonly #doubts: DoubtLedger;
  readonly #open = new Map<string, OpenGap>();
  /** Newest event of each symbol that was seen, now or before. */
  readonly #lastSeen: Map<string, Micros>;
  /** Where the candles of a symbol that never had a tick end. */
  readonly #candlesEnd: Map<string, Micros>;
  /** Symbols that are subscribed and were never seen; undefined until the market's time is known. */
  readonly #awaited = new Map<string, Micros | undefined>();
  /** Where ids count: the trade of each symbol with the highest. */
  readonly #lastTrade = new Map<string, Seen>();
  /** The newest event of all. */
  #clock: Micros = 0;
  /** The newest event stored before the start. */
  readonly resumedAt: Micros | undefined;

  private constructor(book: GapBook, seen: Map<string, Micros>, candlesEnd: Map<string, Micros>) {
    this.#book = book;
    this.#doubts = new DoubtLedger(book);
    this.#lastSeen = seen;
    this.#candlesEnd = candlesEnd;
    this.resumedAt = seen.size === 0 ? undefined : Math.max(...seen.values());
  }

  /** A ledger for a feed that is about to start. Where the one before ended without a word, the gap is opened now. */
  static async start(
    db: QuestDb,
    venue: string,
    symbols: readonly string[],
    log: Logger = silent,
    sink: GapSink = new GapEvents(db, venue, log),
  ): Promise<GapLedger> {
    await db.applied(['ticks', 'gaps', 'exchange_candles', 'candles_1m']);
    const newest = async (name: 'gaps/last_seen' | 'gaps/candles_end') => {
      const rows = await db.rows(name, { venue, symbols });
      return new Map(rows.map((row) => [row.symbol, row.ts]));
    };
    const seen = await newest('gaps/last_seen');
    const ledger = new GapLedger(new GapBook(venue, sink), seen, await newest('gaps/candles_end'));
    const open = await db.rows('gaps/open', { venue, symbols });
    for (const { symbol, id, since, cause } of open) {
      const gap = { id, since, cause };
      if (!ledger.#doubts.adopt(symbol, gap)) ledger.#open.set(symbol, gap);
    }
    for (const [symbol, last] of ledger.#lastSeen) ledger.#begin(symbol, last, 'late start');
    await ledger.flush();
    return ledger;
  }

  /** Events that QuestDB has not taken yet. */
  get waiting(): number {
    return this.#book.waiting;
  }

  /** Resolves when QuestDB has all of the ledger. @throws UserError when that takes longer than `timeoutMs` */
  flush(timeoutMs?: number): Promise<void> {
    return this.#book.flush(timeoutMs);
  }

  /**
   * Must be called with every tick, in order of arrival, before it is closed into a bar. Returns a promise only where the
   * caller has to wait: the ledger's memory is full.
   * @param number of a trade whose id counts; else null
   */
  saw(symbol: string, ts: Micros, number: number | null = null): Promise<void> | undefined {
    const full = this.#see(symbol, ts, number);
    if (ts > this.#clock) this.#clock = ts;
    return this.#doubts.passed(this.#clock) ?? full;
  }

  /**
   * Rows of these symbols were refused, and may have been trades.
   * @param stated the event time that the row states; null where it states none
   */
  refused(symbols: readonly string[], cause: string, stated: Micros | null): Promise<void> | undefined {
    let full: Promise<void> | undefined;
    for (const symbol of symbols) {
      // The first event ever ends what was not known before.
      if (this.#clock === 0 || !this.#lastSeen.has(symbol)) continue;
      full = this.#doubts.refused(symbol, cause, stated, this.#clock) ?? full;
    }
    return full;
  }

  /** Trades of this symbol have happened since then and did not come. They are missing until `tradesBack` or `lost`. */
  tradesMissing(symbol: string, since: Micros, cause: string): Promise<void> | undefined {
    return this.#doubts.tradesMissing(symbol, since, cause, this.#clock);
  }

  /** A trade of the symbol has come again. */
  tradesBack(symbol: string, ts: Micros): Promise<void> | undefined {
    return this.#doubts.tradesBack(symbol, ts, this.#clock);
  }

  /** No row comes any more that could be refused. */
  settleRefused(): Promise<void> | undefined {
    return this.#doubts.settle(this.#clock);
  }

  #see(symbol: string, ts: Micros, number: number | null): Promise<void> | undefined {
    const last = this.#lastSeen.get(symbol);
    const gap = this.#open.get(symbol);
    if (ts > (last ?? Number.NEGATIVE_INFINITY)) this.#lastSeen.set(symbol, ts);
    if (number !== null) {
      const before = this.#lastTrade.get(symbol);
      if (before === undefined || number > before.number!) this.#lastTrade.set(symbol, { ts, number });
      // Late trades, and those of a venue that has begun to count anew, say nothing.
      if (before !== undefined && number > before.number!) {
        const doubt = doubtBetween(before, { ts, number }, true);
        // Where ids count, they alone decide, however long nothing came.
        if (doubt === null) {
          this.#doubts.decide(symbol, ts, 'ids count on');
          return gap && this.#prove(symbol, gap, before.ts, ts);
        }
        // A gap that is open may begin after the jump does: quotes went on while trades were missing.
        const jumped = gap && gap.since <= before.ts ? undefined : this.#jump(symbol, before.ts, ts, doubt);
        this.#doubts.decide(symbol, ts, 'a gap of missing ids is in its place');
        return (gap && this.#end(symbol, gap, ts)) ?? jumped;
      }
    }
    // Nearly always: the feed calls this for every tick.
    if (last !== undefined && gap === undefined && ts - last < minute) return undefined;
    if (gap !== undefined) return this.#end(symbol, gap, ts);
    if (last === undefined) return this.#first(symbol, ts);
    if (floorMinute(ts) - floorMinute(last) < 2 * minute) return undefined;
    this.#begin(symbol, last, 'missed minute');
    return this.#end(symbol, this.#open.get(symbol)!, ts);
  }

  /** These symbols are subscribed, at this time of the market; left out where nothing is known of its clock yet. */
  subscribed(symbols: readonly string[], at?: Micros): void {
    for (const symbol of symbols) {
      if (!this.#lastSeen.has(symbol) && this.#awaited.get(symbol) === undefined) this.#awaited.set(symbol, at);
    }
  }

  /**
   * Must be called before minutes are closed: opens the gaps of symbols that the last of them brought nothing of. Returns a
   * promise only where the caller has to wait.
   */
  closing(ranges: readonly MinuteRange[]): Promise<void> | undefined {
    if (ranges.length === 0) return undefined;
    const to = Math.max(...ranges.map((range) => range.to));
    let full: Promise<void> | undefined;
    for (const [symbol, last] of this.#lastSeen)
      if (last < to - minute) full = this.#begin(symbol, last, 'missed minute') ?? full;
    for (const [symbol, since] of this.#awaited) {
      if (since === undefined) this.#awaited.set(symbol, to);
      else if (since <= to - minute) full = this.#begin(symbol, since, 'no data') ?? full;
    }
    return full;
  }

  /**
   * The connection that carried these symbols is gone; symbols that never sent anything have no gap to open.
   * @param soundUntil event time until which it brought all; the newest event of these symbols where it is not known
   * @param untilTrade those whose missing trades go on until a trade comes, whatever else does
   * @returns the beginnings of the gaps opened now: bars of these minutes are not whole any more
   */
  lost(
    symbols: readonly string[],
    cause: string,
    soundUntil?: Micros,
    untilTrade: ReadonlySet<string> = new Set(),
  ): Micros[] {
    for (const symbol of symbols) {
      if (untilTrade.has(symbol)) continue;
      const gap = this.#open.has(symbol) ? undefined : this.#doubts.release(symbol);
      if (gap) this.#open.set(symbol, gap);
    }
    const seen = symbols.filter((symbol) => this.#lastSeen.has(symbol) && !this.#open.has(symbol));
    if (seen.length === 0) return [];
    // Until its last event the connection was sound for all of them, quiet ones included.
    const since = soundUntil ?? Math.max(...seen.map((symbol) => this.#lastSeen.get(symbol)!));
    for (const symbol of seen) this.#begin(symbol, since, cause);
    return [since];
  }

  /** Events of these symbols in `[from, to]` were received, and are lost. */
  damaged(symbols: readonly string[], from: Micros, to: Micros, cause: string): void {
    for (const symbol of symbols) {
      // Unlike other gaps, one may begin where another one did, and that one may be healed.
      const gap = { id: `${this.#book.idOf(symbol, from)}-${to}`, since: from, cause };
      this.#book.opened(symbol, gap);
      this.#book.bounded(symbol, gap, to + 1);
    }
    this.#book.touch(from, to);
  }

  get hasTouched(): boolean {
    return this.#book.hasTouched;
  }

  /** Opens of minutes that may be closed and are not whole any more, since the last call: they must be closed again. */
  touched(): Micros[] {
    return this.#book.touched();
  }

  /** The first event ever of a symbol. */
  #first(symbol: string, ts: Micros): Promise<void> | undefined {
    this.#awaited.delete(symbol);
    const start = floorMinute(ts);
    const since = Math.min(start, this.#candlesEnd.get(symbol) ?? start);
    if (since >= ts) return undefined;
    return this.#book.bounded(symbol, { id: this.#book.idOf(symbol, since), since, cause: 'late start' }, ts);
  }

  #begin(symbol: string, since: Micros, cause: string): Promise<void> | undefined {
    if (this.#open.has(symbol)) return undefined;
    const gap = { id: this.#book.idOf(symbol, since), since, cause };
    this.#open.set(symbol, gap);
    // A stream of the symbol that was sound may have gone on after the one that was lost.
    this.#book.touch(since, Math.max(since, this.#lastSeen.get(symbol) ?? since));
    return this.#book.opened(symbol, gap);
  }

  /** An event from before the gap, repeated or late, does not show that the feed is back. */
  #end(symbol: string, gap: OpenGap, ts: Micros): Promise<void> | undefined {
    if (ts <= gap.since) return undefined;
    this.#open.delete(symbol);
    this.#awaited.delete(symbol);
    return this.#book.bounded(symbol, gap, ts);
  }

  /** Trades between these two are missing, maybe of the very time of the second: the gap is over as it is found. */
  #jump(symbol: string, since: Micros, until: Micros, cause: string): Promise<void> | undefined {
    const gap = { id: `${this.#book.idOf(symbol, since)}-${until}`, since, cause };
    this.#book.touch(since, until);
    return this.#book.bounded(symbol, gap, until + 1);
  }

  /** The gap ends with the trade that follows the last one before it. */
  #prove(symbol: string, gap: OpenGap, before: Micros, ts: Micros): Promise<void> | undefined {
    // What was lost of a stream before its last trade is not proven by it.
    if (ts <= gap.since || before > gap.since) return this.#end(symbol, gap, ts);
    const full = this.#end(symbol, gap, ts);
    this.#book.touch(gap.since, ts);
    return this.#book.healed(symbol, gap, ts, 'ids count on') ?? full;
  }
}
