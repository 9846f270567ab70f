import { join } from 'node:path';
import {
  type CandleSeries,
  type InstrumentRow,
  instrumentRow,
  type Market,
  type MarketFrame,
  type StepFields,
} from '#ingest/local_exchange/market.ts';
import { sampledCandles, shownSteps, type WrittenTrade } from '#ingest/local_exchange/steps.ts';
import { isFields } from '#ingest/normalise/fields.ts';
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
      entry
        ? `Choose one: ./tickforest replay ${directory} --frames ${entry.path}.`
        : `Its manifest must list one of kind ${recordingKinds.join(' or ')}.`,
    );
  }
  const candles = entries.filter(({ kind, venue }) => kind === 'candles-csv' && venue === entry.venue);
  const all = [...(await streamsOf(directory, entry, log))];
  const names = new Set(all.map(instrumentOf));
  const unknown = symbols?.filter((symbol) => !names.has(symbol)) ?? [];
  if (unknown.length > 0) {
    throw new UserError(
      `The recording has no frames of ${unknown.join(', ')}.`,
      `It has ${[...names].sort().join(', ')}.`,
    );
  }
  const streams = all.filter((stream) => symbols?.includes(instrumentOf(stream)) ?? true);
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
  #steps: Promise<Map<string, StepFields>> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.origin = { venue: parts.entry.venue, kind: 'recording' };
    const played = [...parts.streams].map(instrumentOf);
    const names = [...new Set([...played, ...parts.candles.symbols])].sort();
    this.instruments = names.map((name) => instrumentRow(name, '1'));
  }

  /** Which trades of an instrument (the venue's name) are played: the aggregated ones where there are both. */
  tradeStream(instId: string): TradeStream {
    const name = instId.toLowerCase();
    const { streams } = this.#parts;
    return streams.has(`${name}@trade`) && !streams.has(`${name}@aggTrade`) ? 'trade' : 'aggTrade';
  }

  /**
   * Whether Binance has this stream and the recording does not: a channel that is never recorded, or the other series of
   * trades. A stream of an instrument that is not listed exists at neither.
   */
  lacks(stream: string): boolean {
    const [name, channel] = stream.split('@');
    if (name.startsWith('!')) return true;
    if (!this.instruments.some((row) => nameOf(row).toLowerCase() === name) || channel === 'bookTicker') return false;
    const { streams } = this.#parts;
    const other = { trade: 'aggTrade', aggTrade: 'trade' }[channel];
    return other === undefined || (!streams.has(stream) && streams.has(`${name}@${other}`));
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

  steps(): Promise<Map<string, StepFields>> {
    this.#steps ??= shownSteps(this, tradesIn, (symbol) => this.#parts.candles.head(symbol, '1', sampledCandles));
    return this.#steps;
  }

  candles(symbol: string): Promise<CandleSeries> {
    return this.#parts.candles.series(symbol, '1');
  }

  summary(symbol: string) {
    return this.#parts.candles.summary(symbol, '1');
  }
}

function tradesIn({ channel, instId, text }: MarketFrame): WrittenTrade[] {
  if (channel !== 'trades') return [];
  const { data } = JSON.parse(text) as { data: unknown };
  return isFields(data) ? [{ instId: symbolOf(instId), price: data.p, size: data.q }] : [];
}

/** The venue's name for one of our symbols. */
export function nameOf({ baseCurrency, quoteCurrency }: InstrumentRow): string {
  return `${baseCurrency}${quoteCurrency}`;
}

/** Our name of the instrument of a stream. */
function instrumentOf(stream: string): string {
  return symbolOf(stream.split('@')[0].toUpperCase());
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
