import type { MarketEvent, RejectReason, Tick } from '#ingest/feed.ts';
import type { Decimal } from './decimal.ts';
import type { Message, Refused } from './messages.ts';
import { type Origin, sourceOf } from './origin.ts';
import { Recent } from './recent.ts';
import { quoteTick, tradeTick } from './ticks.ts';

/** What a feed has seen since it started. */
export interface FeedCounters {
  frames: number;
  ticks: number;
  duplicates: number;
  reconnects: number;
  rejected: { [reason in RejectReason]?: number };
}

/** Trade ids remembered per symbol: more than a reconnect repeats, a few hundred kilobytes for a busy symbol. */
const rememberedTrades = 4_096;
/** Milliseconds remembered per symbol for numbering its quotes; a late quote of one of them gets a number of its own. */
const rememberedMs = 512;
/** A live venue's time further ahead than this would close minutes that have not begun. Clocks differ by seconds. */
const maxAheadMicros = 300e6;

/**
 * Turns the rows of messages into ticks, for all connections of a feed: it remembers trades across reconnects, so that
 * what the venue repeats comes through once, with its first `receivedAt`.
 */
export class Translator {
  readonly counters: FeedCounters = { frames: 0, ticks: 0, duplicates: 0, reconnects: 0, rejected: {} };
  readonly #contracts: ReadonlyMap<string, Decimal>;
  readonly #trades = new Map<string, Recent>();
  readonly #quotes = new Map<string, Map<number, number>>();

  constructor(contracts: ReadonlyMap<string, Decimal>) {
    this.#contracts = contracts;
  }

  /** Hands the events of one message to `emit`, in order. Returns how many rows were sound, known trades included. */
  translate(
    message: Extract<Message, { type: 'trades' | 'tickers' | 'rejected' }>,
    origin: Origin,
    receivedAt: number,
    emit: (event: MarketEvent) => void,
  ): number {
    if (message.type === 'rejected') {
      emit(this.reject(message, message.symbol, receivedAt));
      return 0;
    }
    const { instId: symbol } = message;
    const contract = this.#contracts.get(symbol);
    if (!contract) {
      emit(this.reject({ reason: 'unknown instrument', raw: JSON.stringify(message.rows) }, symbol, receivedAt));
      return 0;
    }
    const stamp = { venue: origin.venue, source: sourceOf(origin, 'ws'), symbol, receivedAt };
    let sound = 0;
    const pass = (tick: Tick) => {
      if (origin.kind === 'live' && tick.ts > receivedAt + maxAheadMicros) {
        emit(this.reject({ reason: 'time is out of range', raw: JSON.stringify(tick) }, symbol, receivedAt));
        return;
      }
      sound += 1;
      this.counters.ticks += 1;
      emit({ type: 'tick', tick });
    };
    if (message.type === 'trades') {
      for (const row of message.rows) {
        if (this.#isNewTrade(symbol, row.tradeId)) {
          pass(tradeTick(row, contract, stamp));
        } else {
          this.counters.duplicates += 1;
          sound += 1;
        }
      }
    } else {
      for (const row of message.rows) pass(quoteTick(row, contract, stamp, this.#quoteId(symbol, row.ts)));
    }
    for (const refused of message.refused) emit(this.reject(refused, symbol, receivedAt));
    return sound;
  }

  /** A counted `rejected` event. */
  reject({ reason, raw }: Refused, symbol: string | null, receivedAt: number): MarketEvent {
    this.counters.rejected[reason] = (this.counters.rejected[reason] ?? 0) + 1;
    return { type: 'rejected', reason, symbol, raw, receivedAt };
  }

  #isNewTrade(symbol: string, tradeId: string): boolean {
    let seen = this.#trades.get(symbol);
    if (!seen) {
      seen = new Recent(rememberedTrades);
      this.#trades.set(symbol, seen);
    }
    return seen.add(tradeId);
  }

  /** Quotes have no id: they are numbered within (symbol, millisecond). */
  #quoteId(symbol: string, ms: number): string {
    let counts = this.#quotes.get(symbol);
    if (!counts) {
      counts = new Map();
      this.#quotes.set(symbol, counts);
    }
    const number = counts.get(ms) ?? 0;
    counts.set(ms, number + 1);
    if (counts.size > 2 * rememberedMs) {
      for (const old of [...counts.keys()].slice(0, rememberedMs)) counts.delete(old);
    }
    return String(number);
  }
}
