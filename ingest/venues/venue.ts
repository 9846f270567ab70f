import type { ExchangeCandle, LiveFeed, Tick } from '#ingest/feed.ts';
import type { Listing } from '#ingest/listing.ts';
import type { Market } from '#ingest/local_exchange/market.ts';
import type { PlausibilityLimits } from '#ingest/normalise/plausibility.ts';
import type { Origin } from '#ingest/origin.ts';
import type { RecordingOptions } from '#ingest/recordings/options.ts';
import type { RequestOptions } from '#ingest/transport/request.ts';
import type { Logger } from '#lib/log.ts';
import type { Micros } from '#lib/time.ts';
import type { LocalExchange } from './blofin/local/server.ts';

/** What an instrument did in the last 24 hours; volumes in base and quote coin. */
export interface Ticker {
  symbol: string;
  quoteVolume24h: number | null;
}

/** A venue's REST API, as far as the pipeline needs one. Errors are `UserError`s; `CoolDownError` while suspended. */
export interface VenueRest {
  /** Whose market the server shows. */
  origin(): Promise<Origin>;
  /** What it lists, by our names. Asks anew each time, since instruments vanish and contract values change. */
  instruments(): Promise<Map<string, Listing>>;
  tickers(): Promise<Ticker[]>;
  /** One-minute candles of `[from, to)`: pages from the newest to the oldest, each ascending; closed bars only. */
  history(query: { symbol: string; from: Micros; to: Micros }): AsyncIterable<ExchangeCandle[]>;
  /** Bar-open time of the newest closed minute; undefined where there is none. */
  newestMinute(symbol: string): Promise<Micros | undefined>;
  /** The last trades that the venue gives, oldest first, sizes in base coin. */
  trades(symbol: string): Promise<Tick[]>;
}

export interface VenueFeedOptions {
  wsUrl: string;
  origin: Origin;
  instruments: ReadonlyMap<string, Listing>;
  symbols: readonly string[];
  log?: Logger;
  limits?: PlausibilityLimits;
  /** Called with each text frame as it came; `socket` tells the connections apart. */
  onFrame?: (text: string, receivedAt: Micros, socket: number) => void;
}

export interface ReplayOptions extends RecordingOptions {
  /** Market seconds per second; Infinity: as fast as the subscribers read. */
  speed: number;
  /** 0 or left out: any free port. */
  port?: number;
  /** Begins with the first subscriber instead. */
  startsWithFirst?: boolean;
}

/** A local exchange that plays a recording. */
export type Replay = LocalExchange & { market: Market };

/** A place where things are traded: how its protocols are spoken, and where. */
export interface Venue {
  name: string;
  /** As people call it. */
  title: string;
  restUrl: string;
  wsUrl: string;
  /** The WebSocket of another exchange that speaks its protocols, by that one's REST address. */
  wsUrlBeside(restUrl: string): string;
  rest(options: Partial<RequestOptions> & Pick<RequestOptions, 'url' | 'limiter'>): VenueRest;
  feed(options: VenueFeedOptions): LiveFeed;
  /** Whether its REST API answers usefully at this address. */
  reachable(restUrl: string): Promise<boolean>;
  /** Its local exchange, which plays recordings. A venue may do without. */
  local?: {
    /** Kinds of recorded frames, in a manifest of recordings, that are of its protocol. */
    recordingKinds: readonly string[];
    /**
     * Serves a recording in its protocol on 127.0.0.1; begins once each topic has a subscriber.
     * @throws UserError when the directory has no such recording, or a choice is to be made
     */
    replay(directory: string, options: ReplayOptions): Promise<Replay>;
  };
}
