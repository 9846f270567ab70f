import { join } from 'node:path';
import { type CandleSeries, type InstrumentRow, instrumentRow, type Market } from '#ingest/local_exchange/market.ts';
import type { Origin } from '#ingest/origin.ts';
import { type RecordingEntry, readManifest } from '#ingest/recordings/manifest.ts';
import type { RecordingOptions } from '#ingest/recordings/options.ts';
import { RecordedCandles } from '#ingest/recordings/recorded_candles.ts';
import type { TradeStream } from '#ingest/venues/binance/instruments.ts';
import { UserError } from '#lib/errors.ts';
import { type Logger, silent } from '#lib/log.ts';
import { type StreamFrame, streamFrames } from './recorded_streams.ts';

/** What `record` calls frames of this venue, and what they were called before. */
export const recordingKinds = ['binance-um-frames', 'binance-frames'];
const quotes = /(USDT|USDC|FDUSD|BUSD|BTC)$/;

/**
 * The market of a directory of recordings in Binance's protocol: frames are pushed, candles of the same venue are served.
 * @throws UserError when the directory, its manifest or a file is missing, or when there is a choice to make
 */
export async function openRecording(directory: string, options: RecordingOptions = {}): Promise<BinanceRecording> {
  const { log = silent, symbols } = options;
  const entries = await readManifest(directory);
  const found = entries.filter(({ kind, venue, path }) => {
    const wanted = (options.venue ?? venue) === venue && (options.frames ?? path) === path;
    return wanted && recordingKinds.includes(kind);
  });
  const [entry] = found;
  if (!entry || found.length > 1) {
    throw new UserError(
      `${directory} has ${found.length} recordings of Binance frames${found.map(({ path }) => ` ${path}`).join()}.`,
      entry ? 'Choose one by the option frames.' : `Its manifest must list one of kind ${recordingKinds.join(' or ')}.`,
    );
  }
  const candles = entries.filter(({ kind, venue }) => kind === 'candles-csv' && venue === entry.venue);
  const played = (stream: string) => symbols?.includes(stream.split('@')[0].toUpperCase()) ?? true;
  const streams = [...(await streamsOf(directory, entry, log))].filter(played);
  return new BinanceRecording({
    ...{ directory, entry, streams: new Set(streams), log },
    candles: await RecordedCandles.open(candles.map(({ path }) => join(directory, path))),
  });
}

interface Parts {
  directory: string;
  entry: RecordingEntry;
  streams: ReadonlySet<string>;
  candles: RecordedCandles;
  log: Logger;
}

export class BinanceRecording implements Market {
  readonly startsAt = 0;
  readonly ending = 'end of recording';
  readonly origin: Origin;
  /** By our names; `nameOf` gives the venue's. */
  readonly instruments: readonly InstrumentRow[];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.origin = { venue: parts.entry.venue, kind: 'recording' };
    const played = [...parts.streams].map((stream) => symbolOf(stream.split('@')[0].toUpperCase()));
    const names = [...new Set([...played, ...parts.candles.symbols])].sort();
    this.instruments = names.map((name) => instrumentRow(name, '1'));
  }

  /** Which trades of an instrument (the venue's name) are played: the aggregated ones where there are both. */
  tradeStream(instId: string): TradeStream {
    const name = instId.toLowerCase();
    const { streams } = this.#parts;
    return streams.has(`${name}@trade`) && !streams.has(`${name}@aggTrade`) ? 'trade' : 'aggTrade';
  }

  async topics(): Promise<readonly string[]> {
    return [...this.#parts.streams].filter((stream) => {
      const [name, channel] = stream.split('@');
      return channel === 'bookTicker' || channel === this.tradeStream(name.toUpperCase());
    });
  }

  async *frames(): AsyncGenerator<StreamFrame, void, void> {
    const { directory, entry, log, streams } = this.#parts;
    for await (const frame of streamFrames(directory, entry, log)) if (streams.has(frame.stream)) yield frame;
  }

  candles(symbol: string): Promise<CandleSeries> {
    return this.#parts.candles.series(symbol, '1');
  }

  summary(symbol: string) {
    return this.#parts.candles.summary(symbol, '1');
  }
}

/** The venue's name for one of our symbols. */
export function nameOf({ baseCurrency, quoteCurrency }: InstrumentRow): string {
  return `${baseCurrency}${quoteCurrency}`;
}

function symbolOf(instId: string): string {
  const quote = quotes.exec(instId)?.[0] ?? '';
  return `${instId.slice(0, instId.length - quote.length)}-${quote}`;
}

/** Which streams there are: a manifest that `record` wrote names the instruments, so that the rest need not be read. */
async function streamsOf(directory: string, entry: RecordingEntry, log: Logger): Promise<Set<string>> {
  const followed = Object.keys(entry.contractValue ?? {});
  const streams = new Set<string>();
  for await (const { stream } of streamFrames(directory, entry, log)) {
    if (streams.has(stream)) continue;
    streams.add(stream);
    const seen = (instId: string, channels: string[]) =>
      channels.some((channel) => streams.has(`${instId.toLowerCase()}@${channel}`));
    const complete = (instId: string) => seen(instId, ['bookTicker']) && seen(instId, ['trade', 'aggTrade']);
    if (followed.length > 0 && followed.every(complete)) break;
  }
  return streams;
}
