import type { Listing } from '#ingest/listing.ts';
import type { Arrival, Deduplicator } from '#ingest/normalise/deduplicator.ts';
import { type Fields, statedTime } from '#ingest/normalise/fields.ts';
import { stampOf } from '#ingest/origin.ts';
import type { Protocol } from '#ingest/transport/socket.ts';
import { Subscriptions, type SubscriptionTimings } from '#ingest/transport/subscriptions.ts';
import type { Logger } from '#lib/log.ts';
import type { TradeStream } from './instruments.ts';
import { parseMessage } from './messages.ts';
import { aggTradeOf, quoteOf, tradeOf } from './rows.ts';

export type Channel = TradeStream | 'bookTicker';

const readers: { [channel in Channel]: typeof tradeOf } = {
  aggTrade: aggTradeOf,
  trade: tradeOf,
  bookTicker: quoteOf,
};

interface Stream {
  channel: Channel;
  listing: Listing;
}

/** Combined streams of Binance USD-M futures for one socket: one channel of some instruments. */
export class BinanceProtocol implements Protocol {
  readonly venue = 'binance-um';
  readonly #streams: ReadonlyMap<string, Stream>;
  readonly #deduplicator: Deduplicator;
  readonly #log: Logger;
  readonly #timings: SubscriptionTimings;
  /** What each request asked for, by its id. */
  readonly #requests = new Map<number, string[]>();
  #subscriptions: Subscriptions | undefined;

  constructor(
    listings: readonly Listing[],
    channelOf: (listing: Listing) => Channel,
    { deduplicator, log, timings }: { deduplicator: Deduplicator; log: Logger; timings: SubscriptionTimings },
  ) {
    this.#streams = new Map(
      listings.map((listing) => [streamOf(listing, channelOf(listing)), { channel: channelOf(listing), listing }]),
    );
    this.#deduplicator = deduplicator;
    this.#log = log;
    this.#timings = timings;
  }

  opened({ send, subscribed }: Parameters<Protocol['opened']>[0]): void {
    const topics = [...this.#streams].map(([name, { listing }]) => ({ name, symbol: listing.symbol }));
    this.#subscriptions = new Subscriptions(topics, this.#timings, {
      ask: (params) => {
        const id = this.#requests.size + 1;
        this.#requests.set(id, params);
        send(JSON.stringify({ method: 'SUBSCRIBE', params, id }));
      },
      subscribed,
    });
    this.#subscriptions.start();
  }

  received(arrival: Arrival): number {
    this.#deduplicator.counters.frames += 1;
    const message = parseMessage(arrival.raw);
    switch (message.type) {
      case 'data':
        return this.#read(message.stream, message.data, arrival);
      case 'ack':
        for (const name of this.#requests.get(message.id) ?? []) this.#subscriptions?.acked(name);
        return 0;
      case 'error': {
        const streams = message.id === null ? [] : (this.#requests.get(message.id) ?? []);
        this.#log.warn({ code: message.code, streams }, `the exchange refuses: ${message.text}`);
        for (const name of streams) {
          this.#subscriptions?.refused(name);
          this.#deduplicator.reject('subscription refused', this.#streams.get(name)!.listing.symbol, arrival);
        }
        if (streams.length === 0) this.#deduplicator.reject('subscription refused', null, arrival);
        return 0;
      }
      case 'malformed':
        this.#deduplicator.reject('malformed frame', null, arrival);
        return 0;
    }
  }

  ended(): void {
    this.#subscriptions?.stop();
  }

  #read(name: string, data: Fields, arrival: Arrival): number {
    const stream = this.#streams.get(name);
    if (!stream) {
      const [instrument, channel] = name.split('@');
      const known = [...this.#streams.values()].find(({ listing }) => listing.instId.toLowerCase() === instrument);
      const reason = known && channel !== undefined ? 'unknown channel' : 'unknown instrument';
      this.#deduplicator.reject(reason, known?.listing.symbol ?? null, arrival);
      return 0;
    }
    const { channel, listing } = stream;
    if (data.e !== channel || data.s !== listing.instId) {
      this.#deduplicator.reject('malformed frame', listing.symbol, arrival);
      return 0;
    }
    // Data proves the subscription too, and may come before the acknowledgement.
    this.#subscriptions?.acked(name);
    const tick = readers[channel](data, listing, stampOf(arrival.origin, 'ws', arrival.receivedAt));
    if (typeof tick === 'string') {
      this.#deduplicator.reject(tick, listing.symbol, arrival, { ts: statedTime(data.T) });
      return 0;
    }
    if (tick.kind === 'trade') this.#deduplicator.trade(tick, arrival);
    else this.#deduplicator.identifiedQuote(tick, arrival);
    return 1;
  }
}

function streamOf({ instId }: Listing, channel: Channel): string {
  return `${instId.toLowerCase()}@${channel}`;
}
