import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CandleSeries,
  type InstrumentRow,
  instrumentRow,
  type Market,
  type MarketFrame,
  type StepFields,
  topicKey,
} from '#ingest/local_exchange/market.ts';
import { sampledCandles, shownSteps, type WrittenTrade } from '#ingest/local_exchange/steps.ts';
import { isFields } from '#ingest/normalise/fields.ts';
import type { Origin } from '#ingest/origin.ts';
import { type RecordingEntry, readManifest } from '#ingest/recordings/manifest.ts';
import type { RecordingOptions } from '#ingest/recordings/options.ts';
import { RecordedCandles } from '#ingest/recordings/recorded_candles.ts';
import { damaged, frameFiles, framesOf, type RecordedFrame } from '#ingest/recordings/recorded_frames.ts';
import { UserError } from '#lib/errors.ts';
import { type Logger, silent } from '#lib/log.ts';
import { pushedRows } from './tape.ts';

/**
 * The market of a directory of recordings: frames of kind `blofin-frames` are pushed, candles of kind `candles-csv` are
 * served. The two may be of different times: nothing is shifted.
 * @throws UserError when the directory, its manifest or a file is missing, or when there is a choice to make
 */
export async function openRecording(directory: string, options: RecordingOptions = {}): Promise<Market> {
  const all = await readManifest(directory);
  const usable = all.filter((entry) => entry.kind === 'blofin-frames' || entry.kind === 'candles-csv');
  const venues = [...new Set(usable.map((entry) => entry.venue))];
  const venue = choose(venues, options.venue, 'venue', directory);
  const entries = usable.filter((entry) => entry.venue === venue);
  const frames = entries.filter((entry) => entry.kind === 'blofin-frames');
  const path = choose(
    frames.map((entry) => entry.path),
    options.frames,
    'frames',
    directory,
  );
  for (const entry of entries) {
    await access(join(directory, entry.path)).catch((cause) => {
      throw new UserError(`${directory} lacks ${entry.path}, which its manifest lists.`, 'Restore the file.', {
        cause,
      });
    });
  }
  const values: { [instId: string]: string } = Object.assign({}, ...entries.map((entry) => entry.contractValue ?? {}));
  const candles = await RecordedCandles.open(
    entries.filter((entry) => entry.kind === 'candles-csv').map((entry) => join(directory, entry.path)),
  );
  const names = [...new Set([...Object.keys(values), ...candles.symbols])].sort();
  const instruments = names.map((instId) => instrumentRow(instId, values[instId] ?? '1'));
  const entry = frames.find((frame) => frame.path === path);
  const unknown = options.symbols?.filter((symbol) => !names.includes(symbol)) ?? [];
  if (unknown.length > 0) {
    throw new UserError(`The recording has no ${unknown.join(', ')}.`, `It has ${names.join(', ')}.`);
  }
  return new Recording({ venue, kind: 'recording' }, instruments, candles, entry, directory, options);
}

class Recording implements Market {
  readonly startsAt = 0;
  readonly ending = 'end of recording';
  readonly origin: Origin;
  readonly instruments: readonly InstrumentRow[];
  readonly #candles: RecordedCandles;
  readonly #entry: RecordingEntry | undefined;
  readonly #directory: string;
  readonly #options: { symbols?: readonly string[]; log: Logger };
  readonly #contractValues: Map<string, string>;
  #steps: Promise<Map<string, StepFields>> | undefined;

  constructor(
    origin: Origin,
    instruments: InstrumentRow[],
    candles: RecordedCandles,
    entry: RecordingEntry | undefined,
    directory: string,
    options: RecordingOptions,
  ) {
    this.origin = origin;
    this.instruments = instruments;
    this.#candles = candles;
    this.#entry = entry;
    this.#directory = directory;
    this.#options = { log: silent, ...options };
    this.#contractValues = new Map(instruments.map((row) => [row.instId, row.contractValue]));
  }

  async topics(): Promise<readonly string[]> {
    // What `record` wrote is of a feed that follows both channels of all its instruments; it may be too long to look.
    if (this.#entry?.files) {
      const followed = Object.keys(this.#entry.contractValue ?? {}).filter((instId) => this.#plays(instId));
      return followed.flatMap((instId) => channels.map((channel) => topicKey({ channel, instId })));
    }
    const topics = new Set<string>();
    for await (const frame of this.frames()) topics.add(topicKey(frame));
    return [...topics];
  }

  async *frames(): AsyncGenerator<MarketFrame, void, void> {
    if (!this.#entry) return;
    const { log } = this.#options;
    let passedOver = 0;
    for await (const recorded of framesOf(await frameFiles(this.#directory, this.#entry), log)) {
      const frame = this.#push(recorded);
      if (!frame) passedOver += 1;
      else if (this.#plays(frame.instId)) yield frame;
    }
    log.info({ passedOver }, 'recording read: acknowledgements, pongs and what names no topic are not played');
  }

  steps(): Promise<Map<string, StepFields>> {
    this.#steps ??= shownSteps(this, tradesIn, (instId) =>
      this.#candles.head(instId, this.#contractValueOf(instId), sampledCandles),
    );
    return this.#steps;
  }

  candles(instId: string): Promise<CandleSeries> {
    return this.#candles.series(instId, this.#contractValueOf(instId));
  }

  summary(instId: string) {
    return this.#candles.summary(instId, this.#contractValueOf(instId));
  }

  #contractValueOf(instId: string): string {
    return this.#contractValues.get(instId) ?? '1';
  }

  #plays(instId: string): boolean {
    return this.#options.symbols?.includes(instId) ?? true;
  }

  /**
   * The push that a recorded frame is; undefined for what the exchange itself answers (pongs, acknowledgements) and for
   * what no topic can be told of. Malformed pushes are pushes.
   */
  #push({ recv, socket, text, json }: RecordedFrame): MarketFrame | undefined {
    const arg = isFields(json) && json.event === undefined ? json.arg : undefined;
    const { channel, instId } = isFields(arg) ? arg : {};
    const named = isChannel(channel) && typeof instId === 'string';
    if (named && this.#contractValues.has(instId)) return { at: recv, channel, instId, text };
    // A recording without sockets holds pushes and nothing else.
    if (socket !== undefined) return undefined;
    const { path } = this.#entry!;
    if (named) throw damaged(path, `the manifest has no contractValue for ${instId}`);
    throw damaged(path, `the frame received at ${recv} is no push of trades or tickers`);
  }
}

function tradesIn({ channel, instId, text }: MarketFrame): WrittenTrade[] {
  return channel === 'trades'
    ? pushedRows(text).flatMap((row) => (isFields(row) ? [{ instId, price: row.price, size: row.size }] : []))
    : [];
}

const channels = ['trades', 'tickers'] as const;

function isChannel(channel: unknown): channel is (typeof channels)[number] {
  return channels.some((known) => known === channel);
}

function choose(found: string[], wanted: string | undefined, what: string, directory: string): string {
  if (wanted !== undefined) {
    if (found.includes(wanted)) return wanted;
    throw new UserError(`${directory} has no ${what} ${wanted}.`, `It has ${found.join(', ') || 'none'}.`);
  }
  if (found.length > 1) {
    throw new UserError(
      `${directory} has several ${what}: ${found.join(', ')}.`,
      `Choose one: ./tickforest replay ${directory} --${what} ${found[0]}.`,
    );
  }
  if (found.length === 0 && what === 'venue') {
    throw new UserError(
      `The manifest of ${directory} lists no recording that can be played or served.`,
      'Kinds that can are blofin-frames and candles-csv.',
    );
  }
  return found[0] ?? '';
}
