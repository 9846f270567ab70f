import type { MarketEvent } from '#ingest/feed.ts';
import { CoolDownError } from '#ingest/transport/limiter.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { type Micros, type MinuteRange, minute } from '#lib/time.ts';
import { HealAttempts } from './attempts.ts';
import { GapEvents } from './events.ts';
import { fetchMinutes } from './heal_candles.ts';
import { fillFromTrades, type TickSink } from './heal_trades.ts';
import { type BoundedGap, minutesOf } from './minutes.ts';

export interface HealerOptions extends TickSink {
  db: QuestDb;
  rest: Pick<VenueRest, 'trades' | 'history'>;
  venue: string;
  symbols: readonly string[];
  /** Asks for minutes to be closed again, from the ticks of these symbols and the exchange's candles. */
  request(ranges: MinuteRange[], symbols: string[]): unknown;
  log: Logger;
  /** Gaps that ended longer ago than so many days are left. */
  days: number;
  /** The market's time, where the caller knows it better than by the newest tick that `saw` was told of. */
  now?(): Micros;
  timing?: Partial<typeof timing>;
}

/** In milliseconds, but for `graceMicros`, which is market time. */
const timing = {
  pollMs: 1_000,
  /** An answer that shows no trade after the gap's end is believed when the gap has been known for so long. */
  settleMs: 2_000,
  /** How long after its end the exchange may take to state a minute. */
  graceMicros: 5_000_000,
  retryMs: 60_000,
  retryMaxMs: 3_600_000,
};

/** A gap that is filled, and with what. */
interface Filled {
  gap: BoundedGap;
  how: string;
}

const eventsMs = 10_000;
const endMs = 2_000;

/**
 * Fills the gaps of the ledger once they are over. Trades come first, because the exchange gives only the last ones: where
 * they reach back over the whole gap, its bars are made again of complete ticks. Else the minutes are fetched as the
 * exchange's own candles once it has closed the last of them. A gap that neither fills stays as it is and is tried again.
 */
export class Healer {
  readonly #options: HealerOptions;
  readonly #timing: typeof timing;
  readonly #events: GapEvents;
  readonly #attempts: HealAttempts;
  /** Gaps filled with trades whose minutes nobody has taken the request to close for. */
  #owed: BoundedGap[] = [];
  /** Gaps whose healing is on its way into the ledger: it may be read before that shows. */
  readonly #done = new Set<string>();
  #newest: Micros = 0;
  #resumed = false;
  #pausedUntil = 0;
  /** QuestDB did not answer at the last look, and that was said. */
  #away = false;
  #wake: () => void = () => {};
  #idlers: (() => void)[] = [];

  constructor(options: HealerOptions) {
    this.#options = options;
    this.#timing = { ...timing, ...options.timing };
    this.#events = new GapEvents(options.db, options.venue, options.log);
    this.#attempts = new HealAttempts(this.#timing);
  }

  /** To be called with every event of the feed: the newest tick tells the market's time. */
  saw(event: MarketEvent): void {
    if (event.type === 'tick' && event.tick.ts > this.#newest) this.#newest = event.tick.ts;
  }

  /** Looks for gaps now, not at the next poll. */
  poke(): void {
    this.#wake();
  }

  /** Resolves when nothing is left to do now; what waits for the market's time or for another try is not waited for. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idlers.push(resolve);
      this.poke();
    });
  }

  /**
   * Works until the signal, and then for two seconds at most: what is under way may hang on a server that is away. The
   * exchange's suspensions and outages of QuestDB are waited out.
   * @throws what QuestDB refuses for good
   */
  async run(signal: AbortSignal): Promise<void> {
    const { promise: overdue, resolve } = Promise.withResolvers<boolean>();
    const end = () => {
      this.#wake();
      setTimeout(() => resolve(false), endMs).unref();
    };
    signal.addEventListener('abort', end);
    try {
      while (!signal.aborted) {
        const asked = this.#idlers.splice(0);
        const busy = await Promise.race([this.#round(signal, asked.length > 0), overdue]);
        if (busy) this.#idlers.unshift(...asked);
        else for (const resolve of asked) resolve();
        if (!signal.aborted) await this.#sleep(this.#idlers.length > 0 ? 10 : this.#timing.pollMs);
      }
    } finally {
      signal.removeEventListener('abort', end);
      for (const resolve of this.#idlers.splice(0)) resolve();
    }
  }

  /** @returns whether anything was tried, or will be within moments */
  async #round(signal: AbortSignal, thorough: boolean): Promise<boolean> {
    if (this.#now() === 0 || performance.now() < this.#pausedUntil) return false;
    try {
      // What the one before has left is looked for once, so all of it must be there.
      if (thorough || !this.#resumed) await this.#options.db.applied(['gaps', 'candles_1m']);
      if (!this.#resumed) this.#owed.push(...(await this.#gaps('gaps/unclosed')));
      this.#resumed = true;
      const unhealed = await this.#gaps('gaps/unhealed');
      for (const id of this.#done) if (!unhealed.some((gap) => gap.id === id)) this.#done.delete(id);
      const gaps = unhealed.filter((gap) => !this.#done.has(gap.id));
      this.#attempts.keep(gaps);
      const young = gaps.filter((gap) => !this.#attempts.of(gap).tradesTried);
      await this.#bySymbol(young, signal, (symbol, own) => this.#tryTrades(symbol, own));
      await this.#settle();
      const ripe = gaps.filter((gap) => !this.#done.has(gap.id) && this.#isRipe(gap));
      await this.#takeCandles(await this.#bySymbol(ripe, signal, (symbol, own) => this.#tryCandles(symbol, own)));
      this.#away = false;
      return young.length > 0 || ripe.length > 0;
    } catch (error) {
      if (!(error instanceof UserError && error.transient)) throw error;
      if (!this.#away) this.#options.log.warn({ reason: reasonOf(error) }, 'gaps not looked for; trying again');
      this.#away = true;
      return true;
    }
  }

  async #tryTrades(symbol: string, gaps: BoundedGap[]): Promise<Filled[]> {
    const { db, venue, rest } = this.#options;
    const asked = performance.now();
    const trades = await rest.trades(symbol);
    const newest = trades.at(-1)?.ts ?? Number.NEGATIVE_INFINITY;
    // The answer may be older than what the feed has shown; asked a little later, a quiet symbol's is as it should be.
    const sure = gaps.filter(
      (gap) => newest >= gap.until || asked - this.#attempts.of(gap).knownAt >= this.#timing.settleMs,
    );
    const written = await fillFromTrades({ db, venue, sink: this.#options }, symbol, sure, trades);
    const filled = [...written].map(([gap, count]) => ({ gap, how: `${count} trades from REST` }));
    // From here on these minutes are complete, which is what the closer goes by.
    for (const each of filled) await this.#healed(each, 'trades');
    this.#owed.push(...written.keys());
    for (const gap of sure) this.#attempts.of(gap).tradesTried = true;
    return filled;
  }

  /** Has the bars made of what trades have filled; a request that is not taken is kept. */
  async #settle(): Promise<void> {
    try {
      await this.#request(this.#owed);
      this.#owed = [];
    } catch (error) {
      this.#options.log.warn({ reason: reasonOf(error) }, 'request to close healed minutes not taken; trying again');
    }
  }

  async #tryCandles(symbol: string, gaps: BoundedGap[]): Promise<Filled[]> {
    const { db, venue, rest } = this.#options;
    const filled: Filled[] = [];
    for (const [gap, { present, missing }] of await fetchMinutes({ db, venue, rest }, symbol, gaps)) {
      const answers = ++this.#attempts.of(gap).answers;
      const lacking = missing > 0 ? ` (${missing} missing there)` : '';
      // What is missing may only be late: asked once more, it is what the exchange has.
      if (present > 0 && (missing === 0 || answers > 1))
        filled.push({ gap, how: `${present} minutes from exchange candles${lacking}` });
      else this.#failed(gap, `the exchange has ${present} of its ${present + missing} minutes`);
    }
    return filled;
  }

  /** Healed is what the closer has taken the request for, and nothing before. */
  async #takeCandles(filled: readonly Filled[]): Promise<void> {
    try {
      await this.#request(filled.map(({ gap }) => gap));
      for (const each of filled) await this.#healed(each, 'candles');
    } catch (error) {
      for (const { gap } of filled) this.#failed(gap, reasonOf(error));
    }
  }

  /** One symbol's trouble is not the other ones'; a suspension is everybody's. */
  async #bySymbol(
    gaps: readonly BoundedGap[],
    signal: AbortSignal,
    work: (symbol: string, own: BoundedGap[]) => Promise<Filled[]>,
  ): Promise<Filled[]> {
    const filled: Filled[] = [];
    for (const [symbol, own = []] of Object.entries(Object.groupBy(gaps, (gap) => gap.symbol))) {
      if (signal.aborted || performance.now() < this.#pausedUntil) break;
      try {
        filled.push(...(await work(symbol, own)));
      } catch (error) {
        if (error instanceof CoolDownError) {
          this.#pausedUntil = performance.now() + error.waitMs;
          this.#options.log.warn({ reason: reasonOf(error) }, 'healing pauses');
        } else for (const gap of own) this.#failed(gap, reasonOf(error));
      }
    }
    return filled;
  }

  #failed(gap: BoundedGap, reason: string): void {
    const wait = this.#attempts.failed(gap);
    this.#options.log.warn({ symbol: gap.symbol, gap: gap.id, reason, wait }, 'gap not healed yet');
  }

  #isRipe(gap: BoundedGap): boolean {
    const { tradesTried, notBefore } = this.#attempts.of(gap);
    const stated = this.#now() >= minutesOf(gap).to + this.#timing.graceMicros;
    return tradesTried && stated && performance.now() >= notBefore;
  }

  #gaps(name: 'gaps/unhealed' | 'gaps/unclosed'): Promise<BoundedGap[]> {
    const { db, venue, symbols, days } = this.#options;
    const after = new Timestamp(Math.round(this.#now() - days * 1_440 * minute));
    return db.preparedRows(name, { venue, symbols, after });
  }

  /** Symbols that were unseen together are ordered together. */
  async #request(gaps: readonly BoundedGap[]): Promise<void> {
    const spells = Map.groupBy(gaps, (gap) => `${minutesOf(gap).from}-${minutesOf(gap).to}`);
    for (const [first, ...others] of spells.values()) {
      const symbols = new Set([first, ...others].map((gap) => gap.symbol));
      await this.#options.request([minutesOf(first)], [...symbols]);
    }
  }

  /** The market's time may stand still; an event of a gap comes after its last one all the same. */
  async #healed({ gap, how }: Filled, level: 'trades' | 'candles'): Promise<void> {
    this.#events.add({ ...gap, event: 'healed', level, at: Math.max(this.#now(), gap.until + 1), how });
    this.#done.add(gap.id);
    await this.#events.flush(eventsMs);
    this.#options.log.info({ symbol: gap.symbol, gap: gap.id, level, how }, 'gap healed');
  }

  #now(): Micros {
    return this.#options.now?.() ?? this.#newest;
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
