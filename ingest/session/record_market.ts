import { decimalText } from '#ingest/decimal.ts';
import type { LiveFeed } from '#ingest/feed.ts';
import { type Listing, notListed } from '#ingest/listing.ts';
import { Recorder, type RecorderCounters } from '#ingest/recordings/recorder.ts';
import { pause } from '#ingest/transport/pause.ts';
import type { Venue, VenueRest } from '#ingest/venues/venue.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { Micros } from '#lib/time.ts';

export interface RecordMarketOptions {
  venue: Venue;
  rest: VenueRest;
  wsUrl: string;
  symbols: readonly string[];
  out: string;
  log: Logger;
  /** Ends the recording. */
  signal: AbortSignal;
  /** How often the venue is asked for contract values, which change. Default: hourly. */
  instrumentsMs?: number;
  onProgress?(progress: RecordProgress): void;
}

export interface RecordProgress {
  counters: Readonly<RecorderCounters>;
  ticks: number;
  rejected: number;
  /** Receive time of each symbol's newest tick; undefined before the first. */
  newest: ReadonlyMap<string, Micros | undefined>;
}

export interface RecordSummary extends RecorderCounters {
  /** Whose market it was. */
  venue: string;
  /** Directory of the files. */
  path: string;
  symbols: string[];
  /** Asked for but not listed. */
  skipped: string[];
  ticks: number;
  rejected: number;
  reconnects: number;
}

/** Base coin per contract by the venue's name, as its own instruments list states it. */
export function contractValues(listings: Iterable<Listing>): { [instId: string]: string } {
  return Object.fromEntries(
    [...listings].map(({ instId, unit, power }) => [instId, decimalText(unit.digits, unit.exponent - power)]),
  );
}

/**
 * Records what the venue's sockets say until the signal or the market's end. Where the disk is behind, the sockets wait.
 * @throws UserError when the exchange cannot be reached, lists none of the symbols, or nothing more can be written
 */
export async function recordMarket(options: RecordMarketOptions): Promise<RecordSummary> {
  const { venue, rest, wsUrl, out, log, signal } = options;
  const origin = await rest.origin();
  const instruments = await rest.instruments();
  const symbols = options.symbols.filter((symbol) => instruments.has(symbol));
  const skipped = options.symbols.filter((symbol) => !instruments.has(symbol));
  const reason = notListed(skipped, instruments);
  if (skipped.length > 0)
    log.warn({ symbols: skipped, reason }, 'the exchange does not list these symbols; passed over');
  if (symbols.length === 0)
    throw new UserError(
      `The exchange lists none of ${options.symbols.join(', ')}. ${reason}`,
      `Give others by --symbols, such as ${[...instruments.keys()].slice(0, 5).join(', ')}.`,
    );
  const contractValue = contractValues(symbols.map((symbol) => instruments.get(symbol)!));
  let failure: UserError | undefined;
  const recorder = await Recorder.open({
    ...{ out, market: { venue: origin.venue, protocol: venue.name, contractValue } },
    onFailure: (error) => {
      failure = error;
      void feed.close();
    },
  });
  const feed: LiveFeed = venue.feed({
    ...{ wsUrl, origin, instruments, symbols, log },
    onFrame: (text, receivedAt, socket) => recorder.frame(text, receivedAt, socket),
  });
  const newest = new Map<string, Micros | undefined>(symbols.map((symbol) => [symbol, undefined]));
  const end = () => void feed.close();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const counts = () => ({ ticks: feed.counters.ticks, rejected: feed.counters.rejected });
  const restate = async () => {
    const now = await rest.instruments();
    const listed = symbols.flatMap((symbol) => now.get(symbol) ?? []);
    feed.follow(listed);
    await recorder.restate(contractValues(listed));
  };
  const instrumentsTimer = setInterval(() => {
    restate().catch((error) => log.warn({ cause: reasonOf(error) }, 'the contract values could not be asked for'));
  }, options.instrumentsMs ?? 3_600_000);
  const timer = setInterval(() => options.onProgress?.({ counters: recorder.counters, newest, ...counts() }), 250);
  try {
    for await (const event of feed) {
      if (event.type === 'tick') newest.set(event.tick.symbol, event.tick.receivedAt);
      // What is not taken from the feed pauses its sockets.
      while (recorder.behind && !signal.aborted && !failure) await pause(10, signal);
    }
  } finally {
    clearInterval(timer);
    clearInterval(instrumentsTimer);
    signal.removeEventListener('abort', end);
    await feed.close();
    await recorder.close();
  }
  if (failure) throw failure;
  const { reconnects } = feed.counters;
  return { venue: origin.venue, path: recorder.path, symbols, skipped, ...recorder.counters, ...counts(), reconnects };
}
