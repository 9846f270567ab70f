import type { Listing } from '#ingest/listing.ts';
import type { Arrival, Deduplicator } from '#ingest/normalise/deduplicator.ts';
import type { Protocol } from '#ingest/transport/socket.ts';
import { Subscriptions, type SubscriptionTimings } from '#ingest/transport/subscriptions.ts';
import type { Logger } from '#lib/log.ts';
import { parseMessage, type Topic } from './messages.ts';
import { quoteOf, tradeOf } from './ticks.ts';

const channels = ['trades', 'tickers'];

/** Blofin's public WebSocket for one connection: trades and tickers of some instruments. */
export class BlofinProtocol implements Protocol {
  readonly venue = 'blofin';
  /** Text, not a frame of the WebSocket's own: the venue closes after 30 s without, and sends none itself. */
  readonly ping = 'ping';
  readonly #listings: ReadonlyMap<string, Listing>;
  readonly #deduplicator: Deduplicator;
  readonly #log: Logger;
  readonly #timings: SubscriptionTimings;
  #subscriptions: Subscriptions | undefined;
  #send: (text: string) => void = () => {};

  constructor(listings: readonly Listing[], deduplicator: Deduplicator, log: Logger, timings: SubscriptionTimings) {
    this.#listings = new Map(listings.map((listing) => [listing.instId, listing]));
    this.#deduplicator = deduplicator;
    this.#log = log;
    this.#timings = timings;
  }

  opened({ send, subscribed }: Parameters<Protocol['opened']>[0]): void {
    this.#send = send;
    const topics = new Map<string, Topic>();
    for (const instId of this.#listings.keys()) {
      for (const channel of channels) topics.set(nameOf({ channel, instId }), { channel, instId });
    }
    const named = [...topics].map(([name, { instId }]) => ({ name, symbol: this.#symbolOf(instId) }));
    this.#subscriptions = new Subscriptions(named, this.#timings, {
      ask: (names) => send(JSON.stringify({ op: 'subscribe', args: names.map((name) => topics.get(name)) })),
      subscribed,
    });
    this.#subscriptions.start();
  }

  received(arrival: Arrival): number {
    const { counters } = this.#deduplicator;
    counters.frames += 1;
    const message = parseMessage(arrival.raw);
    switch (message.type) {
      case 'pong':
        return 0;
      case 'ping':
        this.#send('pong');
        return 0;
      case 'ack':
        if (message.event === 'subscribe') this.#subscriptions?.acked(nameOf(message.topic));
        return 0;
      case 'error':
        this.#log.warn({ code: message.code, topics: message.topics }, `the exchange refuses: ${message.text}`);
        for (const topic of message.topics) {
          this.#subscriptions?.refused(nameOf(topic));
          this.#deduplicator.reject('subscription refused', this.#symbolOf(topic.instId), arrival);
        }
        return 0;
      case 'rejected':
        this.#deduplicator.reject(
          message.reason,
          message.symbol && this.#symbolOf(message.symbol),
          arrival,
          message.raw,
        );
        return 0;
    }
    const listing = this.#listings.get(message.instId);
    if (!listing) {
      this.#deduplicator.reject('unknown instrument', message.instId, arrival);
      return 0;
    }
    this.#subscriptions?.acked(nameOf({ channel: message.type, instId: message.instId }));
    if (message.type === 'trades')
      for (const row of message.rows) this.#deduplicator.trade(tradeOf(row, listing), arrival);
    else for (const row of message.rows) this.#deduplicator.quote(quoteOf(row, listing), arrival);
    for (const { reason, raw } of message.refused) this.#deduplicator.reject(reason, listing.symbol, arrival, raw);
    return message.rows.length;
  }

  ended(): void {
    this.#subscriptions?.stop();
  }

  #symbolOf(instId: string): string {
    return this.#listings.get(instId)?.symbol ?? instId;
  }
}

function nameOf({ channel, instId }: Topic): string {
  return `${channel} ${instId}`;
}
