import type { Micros } from '#lib/time.ts';
import type { GapBook, OpenGap } from './book.ts';
import { type Doubt, Doubts, type Spell } from './doubts.ts';

/** The end of the id of a gap that not any event ends. */
const doubtful = '-trades';

/** The gaps in which trades may be missing although quotes come: around refused rows, and where trades have stopped. */
export class DoubtLedger {
  readonly #book: GapBook;
  readonly #doubts = new Doubts();

  constructor(book: GapBook) {
    this.#book = book;
  }

  /** Takes over a gap that was left open; the first event after the start ends it, whatever it is. Of another kind: false. */
  adopt(symbol: string, { id, since, cause }: OpenGap): boolean {
    if (!id.endsWith(doubtful)) return false;
    this.#doubts.open(symbol, { since, until: undefined, cause, refusedAt: 0 });
    return true;
  }

  /** Ends what time ends. To be called with every event: nearly always there is nothing. */
  passed(clock: Micros): Promise<void> | undefined {
    return this.#doubts.size === 0 ? undefined : this.#over(this.#doubts.due(clock), clock);
  }

  /** See `GapLedger.refused`. */
  refused(symbol: string, cause: string, stated: Micros | null, clock: Micros): Promise<void> | undefined {
    const { over, begun } = this.#doubts.refused(symbol, cause, stated, clock);
    const full = over && this.#over([[symbol, over]], clock);
    return (begun && this.#begin(symbol, begun, clock)) ?? full;
  }

  /** See `GapLedger.tradesMissing`. */
  tradesMissing(symbol: string, since: Micros, cause: string, clock: Micros): Promise<void> | undefined {
    const before = this.#doubts.get(symbol);
    if (before && before.refusedAt === undefined) return undefined;
    if (before) this.#over([[symbol, { ...before, until: before.until ?? Math.max(clock, before.since + 1) }]], clock);
    return this.#begin(
      symbol,
      this.#doubts.open(symbol, { since, until: undefined, cause, refusedAt: undefined }),
      clock,
    );
  }

  /** A trade of the symbol has come again. */
  tradesBack(symbol: string, ts: Micros, clock: Micros): Promise<void> | undefined {
    const doubt = this.#doubts.get(symbol);
    if (!doubt || doubt.refusedAt !== undefined || ts <= doubt.since) return undefined;
    this.#doubts.close(symbol);
    return this.#over([[symbol, { ...doubt, until: ts }]], clock);
  }

  /** No row comes any more that could be refused. */
  settle(clock: Micros): Promise<void> | undefined {
    return this.#over(this.#doubts.end(clock), clock);
  }

  /** What was refused has been a trade or not: the ids of the trades around it tell. */
  decide(symbol: string, ts: Micros, how: string): void {
    const doubt = this.#doubts.get(symbol);
    if (!doubt || ts <= doubt.since) return;
    this.#doubts.close(symbol);
    this.#book.touch(doubt.since, ts);
    void this.#book.healed(symbol, this.#gapOf(symbol, doubt), ts, how);
  }

  /** Gives away the gap of trades that have stopped: once the connection is gone, any event shows that it is back. */
  release(symbol: string): OpenGap | undefined {
    const doubt = this.#doubts.get(symbol);
    if (!doubt || doubt.refusedAt !== undefined) return undefined;
    this.#doubts.close(symbol);
    return this.#gapOf(symbol, doubt);
  }

  #begin(symbol: string, doubt: Doubt, clock: Micros): Promise<void> | undefined {
    this.#book.touch(doubt.since, Math.max(doubt.since, clock));
    return this.#book.opened(symbol, this.#gapOf(symbol, doubt));
  }

  #over(spells: [symbol: string, spell: Spell][], clock: Micros): Promise<void> | undefined {
    let full: Promise<void> | undefined;
    for (const [symbol, spell] of spells) {
      // Minutes after its end were closed while the end was not known.
      this.#book.touch(spell.until, clock);
      full = this.#book.bounded(symbol, this.#gapOf(symbol, spell), spell.until) ?? full;
    }
    return full;
  }

  #gapOf(symbol: string, { since, cause }: Doubt): OpenGap {
    return { id: `${this.#book.idOf(symbol, since)}${doubtful}`, since, cause };
  }
}
