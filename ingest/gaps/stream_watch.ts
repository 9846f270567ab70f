import type { Tick } from '#ingest/feed.ts';
import { type Micros, minute } from '#lib/time.ts';

/** A quote may know a trade earlier than we do, and may be that late itself. */
const delay: Micros = 10_000_000;
/** Where the connection is lost anyway, less is enough to take trades for missing: it costs a longer gap. */
const shortDelay: Micros = 2_000_000;
/** What proves a trade is followed by the trade itself within so much, or its stream has stopped. */
const grace: Micros = 10_000_000;
/** Quotes follow a change of price at once; a stream of them that is silent for so long has stopped. */
const quietQuotes: Micros = minute;
/** And for so long by receipt: a recording may be played so fast that one socket is a minute ahead of the other. */
const quietReceipt: Micros = 5_000_000;
/** Between two renewals for one symbol, doubled each time up to the other: where none helps, it is not the connection. */
const renewals = { least: 2 * minute, most: 30 * minute };

/** What one stream of a symbol shows of the other one. */
export type Finding =
  /** Trades have happened since then, and did not come. `renew`: the connection is to be replaced now. */
  | { stream: 'trades'; state: 'stopped'; since: Micros; renew: boolean }
  | { stream: 'trades'; state: 'back' }
  | { stream: 'quotes'; state: 'stopped'; since: Micros; renew: boolean };

interface Watched {
  /** The newest trade: its time, and each price of that time, since the order within it is not certain. */
  trade: { ts: Micros; prices: number[] } | undefined;
  /** Where no trade has come: the first quote, after which one would have. */
  base: { ts: Micros; prices: number[] } | undefined;
  quote: { ts: Micros; receivedAt: Micros; volume: number | null; price: number | null } | undefined;
  /** The first trade after which no quote came. */
  unquoted: { ts: Micros; receivedAt: Micros; price: number } | undefined;
  /** A trade is known to have happened after `since`, by a quote of `at`. */
  suspicion: { since: Micros; at: Micros } | undefined;
  /** Since when trades would be missing if the connection were lost now; and whether the volume is the reason. */
  hint: { since: Micros; grown: boolean } | undefined;
  stopped: { since: Micros; renewed: boolean } | undefined;
  /** Trades had stopped since then on a connection of before: that quotes come on the new one does not show that trades do. */
  returning: Micros | undefined;
  /** No renewal before; 0: there was none yet. */
  renewAt: Micros;
  wait: Micros;
}

/**
 * Notices a stream of a symbol that has stopped while the other one goes on, whatever the venue, by the market's own clock.
 * Trades that happened are proven by a last price other than that of the last trade, or by a 24-hour volume that grows;
 * it falls as old trades leave the day, which proves nothing. Only quotes much younger than the last trade count, and the
 * missing trade is waited for, so that no usual delay between the streams is taken for a fault. A symbol that does not
 * trade is not suspected. Venues whose quotes state neither price nor volume are not watched for trades, and a market that
 * has no quotes at all, as a recording of trades, is not watched for quotes.
 */
export class StreamWatch {
  readonly #watched = new Map<string, Watched>();
  /** Whether the market has quotes: of any symbol one was seen. */
  #hasQuotes = false;

  /** To be called with each tick, in order of arrival. */
  saw(tick: Tick): Finding | undefined {
    let watched = this.#watched.get(tick.symbol);
    if (!watched) {
      watched = { ...unknown, renewAt: 0, wait: renewals.least };
      this.#watched.set(tick.symbol, watched);
    }
    return tick.kind === 'trade' ? this.#trade(watched, tick) : this.#quote(watched, tick);
  }

  /** What is known of these symbols says nothing any more: trades of them were refused. */
  forget(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      const watched = this.#watched.get(symbol);
      if (watched) Object.assign(watched, unknown, { returning: watched.returning ?? watched.stopped?.since });
    }
  }

  /**
   * The connection of these symbols was lost.
   * @returns those of whom trades were missing before, as far as quotes have shown it until then; `proven`: so clearly that
   *   nothing but a trade shows that they are back, of which a finding tells
   */
  lost(symbols: readonly string[]): { symbol: string; since: Micros; proven: boolean }[] {
    return symbols.flatMap((symbol) => {
      const watched = this.#watched.get(symbol);
      if (!watched) return [];
      const { quote, hint } = watched;
      const proven = watched.returning ?? watched.stopped?.since ?? watched.suspicion?.since;
      // Whichever symbol has asked for it, this is the new connection of all of them.
      if (proven !== undefined && quote) mayRenew(watched, quote.ts);
      Object.assign(watched, unknown, { returning: proven });
      const since = proven ?? hint?.since;
      return since === undefined ? [] : [{ symbol, since, proven: proven !== undefined }];
    });
  }

  /** Symbols whose trades have stopped though they go on at the exchange. */
  get stopped(): string[] {
    return [...this.#watched].flatMap(([symbol, { stopped }]) => (stopped ? [symbol] : []));
  }

  #trade(watched: Watched, { ts, receivedAt, price }: Tick): Finding | undefined {
    if (price === null) return undefined;
    if (watched.trade === undefined || ts > watched.trade.ts) watched.trade = { ts, prices: [price] };
    else if (ts === watched.trade.ts) watched.trade.prices.push(price);
    watched.suspicion = undefined;
    watched.hint = undefined;
    const since = watched.returning ?? watched.stopped?.since;
    if (since !== undefined && ts > since) {
      watched.stopped = undefined;
      watched.returning = undefined;
      return { stream: 'trades', state: 'back' };
    }
    watched.unquoted ??= { ts, receivedAt, price };
    const { ts: quoted, receivedAt: last } = watched.quote ?? watched.unquoted;
    const before = watched.quote?.price ?? watched.unquoted.price;
    if (receivedAt < last + quietReceipt) return undefined;
    if (!this.#hasQuotes || ts < quoted + quietQuotes || isSame(price, before) || !mayRenew(watched, ts))
      return undefined;
    return { stream: 'quotes', state: 'stopped', since: quoted, renew: true };
  }

  #quote(watched: Watched, { ts, receivedAt, price, volume24h: volume }: Tick): Finding | undefined {
    this.#hasQuotes = true;
    const before = watched.quote;
    if (before !== undefined && ts <= before.ts) return undefined;
    watched.quote = { ts, receivedAt, price, volume };
    watched.unquoted = undefined;
    if (price !== null) watched.base ??= { ts, prices: [price] };
    if (watched.stopped) {
      if (watched.stopped.renewed || !mayRenew(watched, ts)) return undefined;
      watched.stopped.renewed = true;
      return { stream: 'trades', state: 'stopped', since: watched.stopped.since, renew: true };
    }
    if (watched.suspicion) {
      if (ts < watched.suspicion.at + grace) return undefined;
      const { since } = watched.suspicion;
      watched.suspicion = undefined;
      const renew = mayRenew(watched, ts);
      watched.stopped = { since, renewed: renew };
      return { stream: 'trades', state: 'stopped', since, renew };
    }
    const last = watched.trade ?? watched.base;
    if (last === undefined) return undefined;
    const isOther = price !== null && !last.prices.some((each) => isSame(each, price));
    const hasGrown = before !== undefined && isMore(volume, before.volume);
    const shows = (least: Micros) => (isOther && ts >= last.ts + least) || (hasGrown && before.ts >= last.ts + least);
    if (shows(delay)) watched.suspicion = { since: last.ts, at: ts };
    if (shows(shortDelay)) watched.hint = { since: last.ts, grown: hasGrown || watched.hint?.grown === true };
    // A last price that was only late is no hint any more.
    else if (!watched.hint?.grown) watched.hint = undefined;
    return undefined;
  }
}

const unknown: Omit<Watched, 'renewAt' | 'wait'> = {
  ...{ trade: undefined, base: undefined, quote: undefined, unquoted: undefined },
  ...{ suspicion: undefined, hint: undefined, stopped: undefined, returning: undefined },
};

/** Whether it is time for a renewal; if so, the next one has to wait. */
function mayRenew(watched: Watched, now: Micros): boolean {
  if (now < watched.renewAt) return false;
  // What has gone well for long begins anew.
  if (now > watched.renewAt + renewals.most) watched.wait = renewals.least;
  watched.renewAt = now + watched.wait;
  watched.wait = Math.min(renewals.most, 2 * watched.wait);
  return true;
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.abs(a);
}

function isMore(volume: number | null, before: number | null): boolean {
  return volume !== null && before !== null && volume > before * (1 + 1e-9);
}
