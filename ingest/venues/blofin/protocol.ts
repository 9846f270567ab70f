import type { Listing } from '#ingest/listing.ts';
import type { Arrival, Deduplicator } from '#ingest/normalise/deduplicator.ts';
import { isFields, statedTime } from '#ingest/normalise/fields.ts';
import { stampOf } from '#ingest/origin.ts';
import type { Protocol } from '#ingest/transport/socket.ts';
import { Subscriptions, type SubscriptionTimings } from '#ingest/transport/subscriptions.ts';
import type { Logger } from '#lib/log.ts';
import { parseMessage, type Topic } from './messages.ts';
import { quoteOf, tradeOf } from './rows.ts';

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
        this.#deduplicator.reject(message.reason, message.symbol && this.#symbolOf(message.symbol), arrival, {
          raw: message.raw,
          kind: message.kind,
        });
        return 0;
    }
    const listing = this.#listings.get(message.instId);
    if (!listing) {
      this.#deduplicator.reject('unknown instrument', message.instId, arrival);
      return 0;
    }
    this.#subscriptions?.acked(nameOf({ channel: message.type, instId: message.instId }));
    const stamp = stampOf(arrival.origin, 'ws', arrival.receivedAt);
    let sound = 0;
    // One bad row of several does not cost the good ones.
    for (const row of message.data) {
      const tick = message.type === 'trades' ? tradeOf(row, listing, stamp) : quoteOf(row, listing, stamp);
      if (typeof tick === 'string') {
        const raw = message.data.length === 1 ? undefined : textOf(row);
        const kind = message.type === 'trades' ? 'trade' : 'quote';
        const ts = isFields(row) ? statedTime(row.ts) : null;
        this.#deduplicator.reject(tick, listing.symbol, arrival, { raw, kind, ts });
        continue;
      }
      sound += 1;
      if (message.type === 'trades') this.#deduplicator.trade(tick, arrival);
      else this.#deduplicator.quote(tick, arrival);
    }
    return sound;
  }

  ended(): void {
    this.#subscriptions?.stop();
  }

  #symbolOf(instId: string): string {
    return this.#listings.get(instId)?.symbol ?? instId;
  }
}

/** The row alone; undefined where it is nested too deep to be written again. */
function textOf(row: unknown): string | undefined {
  try {
    return JSON.stringify(row);
  } catch {
    return undefined;
  }
}

function nameOf({ channel, instId }: Topic): string {
  return `${channel} ${instId}`;
}
