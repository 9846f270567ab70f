import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Micros } from '#lib/time.ts';
import { RecordFile } from './record_file.ts';
import { lossLine, recordLine } from './record_line.ts';
import { framesDirectory, note, type RecordedMarket } from './record_manifest.ts';

export interface RecorderOptions {
  /** Directory of the recording; made if it is missing. */
  out: string;
  market: RecordedMarket;
  /** What a crash may cost at most. */
  flushMs?: number;
  /** Text held for a slow disk, in UTF-16 units. Beyond it frames are lost, counted, and marked in the recording. */
  maxHeld?: number;
  /** Called when writing begins to fail. It is tried again with the next frames; those in between are lost and marked. */
  onFailure?: (error: UserError) => void;
}

export interface RecorderCounters {
  /** Frames given to `frame`: written + lost + those still held. */
  frames: number;
  written: number;
  lost: number;
  files: number;
  /** On disk, compressed. */
  bytes: number;
}

/** Lines of one hour that wait to be written. */
interface Batch {
  hour: number;
  lines: string[];
  /** Frames among them: a mark of loss is none. */
  frames: number;
  /** Frames that its marks of loss state. */
  lost: number;
  from: Micros;
  to: Micros;
}

const hourMicros = 3_600_000_000;
/** Written before the time is over, to keep batches small. */
const batchSize = 1_024 * 1_024;

/**
 * Writes what sockets say to disk: gzip, a file for each hour (UTC) of receive time, a new one after each start, and a
 * manifest that `openRecording` reads. `frame` never waits, so that a recorder beside an ingest cannot hold it up.
 */
export class Recorder {
  readonly counters: RecorderCounters = { frames: 0, written: 0, lost: 0, files: 0, bytes: 0 };
  #path: string;
  #market: RecordedMarket;
  readonly #options: Required<RecorderOptions>;
  readonly #timer: NodeJS.Timeout;
  /** Not yet handed to the writing chain; of several hours only around a full one. */
  #batches: Batch[] = [];
  #batched = 0;
  /** Characters in memory, those being written included. */
  #held = 0;
  #lostHere = 0;
  #file: RecordFile | undefined;
  #hour = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();
  #failure: UserError | undefined;
  #closed: Promise<void> | undefined;

  private constructor(path: string, options: Required<RecorderOptions>) {
    this.#path = path;
    this.#market = options.market;
    this.#options = options;
    this.#timer = setInterval(() => void this.#flush(), options.flushMs);
  }

  /** @throws UserError when the directory cannot be written */
  static async open(given: RecorderOptions): Promise<Recorder> {
    const options = { flushMs: 1_000, maxHeld: 64 * 1_024 * 1_024, onFailure: () => undefined, ...given };
    const { out, market } = options;
    try {
      return new Recorder(await begin(out, market), options);
    } catch (error) {
      throw cannotWrite(out, error);
    }
  }

  /** Where the files are, relative to `out`. */
  get path(): string {
    return this.#path;
  }

  /** Whether a writer that can wait should: half of what may be held is. */
  get behind(): boolean {
    return this.#held > this.#options.maxHeld / 2;
  }

  /** Takes a text frame as it came. */
  frame(text: string, receivedAt: Micros, socket = 0): void {
    this.counters.frames += 1;
    if (this.#closed || this.#held + text.length > this.#options.maxHeld) {
      this.counters.lost += 1;
      this.#lostHere += 1;
      return;
    }
    if (this.#lostHere > 0) {
      const batch = this.#add(lossLine(this.#lostHere, receivedAt), receivedAt);
      batch.lost += this.#lostHere;
      this.#lostHere = 0;
    }
    this.#add(recordLine(text, receivedAt, socket), receivedAt).frames += 1;
    if (this.#batched > batchSize) void this.#flush();
  }

  /** The contract values of what comes from now on, as the venue states them now; a changed one begins another directory. */
  async restate(contractValue: RecordedMarket['contractValue']): Promise<void> {
    const market = { ...this.#options.market, contractValue: { ...this.#market.contractValue, ...contractValue } };
    this.#writing = this.#flush().then(async () => {
      if (isDeepStrictEqual(market, this.#market)) return;
      await this.#endFile();
      this.#market = market;
      try {
        this.#path = await begin(this.#options.out, market);
      } catch (error) {
        this.#fail(error);
      }
    });
    await this.#writing;
  }

  /** Resolves when all that is held is with the system. @throws UserError when it cannot be written */
  async flushed(): Promise<void> {
    await this.#flush();
    if (this.#failure) throw this.#failure;
  }

  /** Writes the rest and the manifest; frames that come later are lost. Idempotent. @throws UserError when something could not be written */
  async close(): Promise<void> {
    this.#closed ??= (async () => {
      clearInterval(this.#timer);
      await this.#flush();
      await this.#endFile();
      if (this.#failure) throw this.#failure;
    })();
    return this.#closed;
  }

  #add(line: string, at: Micros): Batch {
    const hour = Math.floor(at / hourMicros);
    let batch = this.#batches.at(-1);
    // A clock that steps back does not open an earlier hour again.
    if (!batch || batch.hour < hour) {
      batch = { hour, lines: [], frames: 0, lost: 0, from: at, to: at };
      this.#batches.push(batch);
    }
    batch.lines.push(line);
    batch.to = at;
    this.#held += line.length;
    this.#batched += line.length;
    return batch;
  }

  /** Writes what is held now, after what is being written. */
  #flush(): Promise<void> {
    const due = this.#batches;
    this.#batches = [];
    this.#batched = 0;
    if (due.length > 0) {
      this.#writing = this.#writing.then(async () => {
        for (const batch of due) await this.#write(batch);
      });
    }
    return this.#writing;
  }

  async #write(batch: Batch): Promise<void> {
    if (batch.hour > this.#hour) await this.#endFile();
    const text = batch.lines.join('');
    try {
      if (!this.#file) {
        this.#file = await RecordFile.create(join(this.#options.out, this.#path), batch.from);
        this.#hour = batch.hour;
        this.counters.files += 1;
      }
      const { bytes } = this.#file;
      await this.#file.append(text, batch.lines.length, batch.from, batch.to);
      this.counters.bytes += this.#file.bytes - bytes;
      this.counters.written += batch.frames;
      this.#failure = undefined;
    } catch (error) {
      this.counters.lost += batch.frames;
      this.#lostHere += batch.frames + batch.lost;
      this.#fail(error);
    } finally {
      this.#held -= text.length;
    }
  }

  /** What cannot be added to the manifest is still played: as a file that was not ended properly. */
  async #endFile(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    this.#file = undefined;
    try {
      await file.close();
      if (file.rows > 0) await note(this.#options.out, this.#path, this.#market, file.summary);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const failure = cannotWrite(this.#options.out, error);
    if (!this.#failure) this.#options.onFailure(failure);
    this.#failure = failure;
  }
}

/** Makes the directory in which frames of this market belong, and its place in the manifest. */
async function begin(out: string, market: RecordedMarket): Promise<string> {
  await mkdir(out, { recursive: true });
  const path = await framesDirectory(out, market);
  await mkdir(join(out, path), { recursive: true });
  await note(out, path, market);
  return path;
}

function cannotWrite(out: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  return new UserError(
    `The recording in ${out} cannot be written: ${reasonOf(error)}.`,
    'Make room there, or record to another directory.',
    { cause: error },
  );
}
