import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isFields } from '#ingest/blofin/rows.ts';
import type { Origin } from '#ingest/origin.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type RecordingEntry, readManifest } from './manifest.ts';
import {
  type CandleSeries,
  type InstrumentRow,
  instrumentRow,
  type Market,
  type MarketFrame,
  topicKey,
} from './market.ts';
import { RecordedCandles } from './recorded_candles.ts';

export interface RecordingOptions {
  /** Whose recordings, where a directory has those of several venues. */
  venue?: string;
  /** `path` of the frames in the manifest, where a directory has several. */
  frames?: string;
}

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
  return new Recording({ venue, kind: 'recording' }, instruments, candles, entry, directory);
}

class Recording implements Market {
  readonly startsAt = 0;
  readonly ending = 'end of recording';
  readonly origin: Origin;
  readonly instruments: readonly InstrumentRow[];
  readonly #candles: RecordedCandles;
  readonly #entry: RecordingEntry | undefined;
  readonly #directory: string;
  readonly #contractValues: Map<string, string>;

  constructor(
    origin: Origin,
    instruments: InstrumentRow[],
    candles: RecordedCandles,
    entry: RecordingEntry | undefined,
    directory: string,
  ) {
    this.origin = origin;
    this.instruments = instruments;
    this.#candles = candles;
    this.#entry = entry;
    this.#directory = directory;
    this.#contractValues = new Map(instruments.map((row) => [row.instId, row.contractValue]));
  }

  async topics(): Promise<readonly string[]> {
    const topics = new Set<string>();
    for await (const frame of this.frames()) topics.add(topicKey(frame));
    return [...topics];
  }

  async *frames(): AsyncGenerator<MarketFrame, void, void> {
    const entry = this.#entry;
    if (!entry) return;
    const path = join(this.#directory, entry.path);
    const file = createReadStream(path);
    const stream: Readable = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
    // `pipe` does not hand on errors of the file itself.
    file.on('error', (error) => stream.destroy(error));
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    let rows = 0;
    try {
      for await (const line of lines) {
        if (line === '') continue;
        rows += 1;
        yield this.#frameOf(line, rows, entry.path);
      }
    } catch (error) {
      throw error instanceof UserError ? error : damaged(entry.path, reasonOf(error));
    } finally {
      file.destroy();
    }
    if (entry.rows !== undefined && entry.rows !== rows) {
      throw damaged(entry.path, `it has ${rows} frames where the manifest says ${entry.rows}`);
    }
  }

  candles(instId: string): Promise<CandleSeries> {
    return this.#candles.series(instId, this.#contractValues.get(instId) ?? '1');
  }

  summary(instId: string) {
    return this.#candles.summary(instId, this.#contractValues.get(instId) ?? '1');
  }

  #frameOf(line: string, row: number, path: string): MarketFrame {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (error) {
      throw damaged(path, `line ${row}: ${reasonOf(error)}`);
    }
    const frame = isFields(parsed) ? parsed.frame : undefined;
    const arg = isFields(frame) ? frame.arg : undefined;
    if (!isFields(parsed) || typeof parsed.recv !== 'number' || !isFields(arg)) {
      throw damaged(path, `line ${row} has no recv or no frame`);
    }
    const { channel, instId } = arg;
    if ((channel !== 'trades' && channel !== 'tickers') || typeof instId !== 'string') {
      throw damaged(path, `line ${row} is of channel ${String(channel)}`);
    }
    if (!this.#contractValues.has(instId)) throw damaged(path, `the manifest has no contractValue for ${instId}`);
    return { at: parsed.recv, channel, instId, text: JSON.stringify(frame) };
  }
}

function choose(found: string[], wanted: string | undefined, what: string, directory: string): string {
  if (wanted !== undefined) {
    if (found.includes(wanted)) return wanted;
    throw new UserError(`${directory} has no ${what} ${wanted}.`, `It has ${found.join(', ') || 'none'}.`);
  }
  if (found.length > 1) {
    throw new UserError(`${directory} has several ${what}: ${found.join(', ')}.`, `Choose one by the option ${what}.`);
  }
  if (found.length === 0 && what === 'venue') {
    throw new UserError(
      `The manifest of ${directory} lists no recording that can be played or served.`,
      'Kinds that can are blofin-frames and candles-csv.',
    );
  }
  return found[0] ?? '';
}

function damaged(path: string, why: string): UserError {
  return new UserError(`The recording ${path} is damaged: ${why}.`, 'Restore it from where it came.');
}
