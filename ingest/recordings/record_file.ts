import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Micros } from '#lib/time.ts';

const compress = promisify(gzip);

/** What the manifest says of a file of frames. Times in ISO 8601. */
export interface RecordedFile {
  name: string;
  rows: number;
  from: string;
  to: string;
}

/**
 * One file of a recording. Each batch is a gzip member of its own, so that at any moment the file on disk is a whole
 * `.gz` that any tool reads; a stream flushed each second is 15 % smaller, but ends torn whenever the process does.
 */
export class RecordFile {
  readonly name: string;
  rows = 0;
  bytes = 0;
  readonly #handle: FileHandle;
  #from: Micros | undefined;
  #to: Micros = 0;

  private constructor(name: string, handle: FileHandle) {
    this.name = name;
    this.#handle = handle;
  }

  /** A new file named by its first receive time, so that names sort as times do. Never one that exists. */
  static async create(directory: string, from: Micros): Promise<RecordFile> {
    for (let ms = Math.floor(from / 1_000); ; ms++) {
      const name = `${new Date(ms).toISOString().replace(/[:.]/g, '-')}.jsonl.gz`;
      try {
        return new RecordFile(name, await open(join(directory, name), 'wx'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }

  /** Appends lines, all of them or none. */
  async append(lines: string, rows: number, from: Micros, to: Micros): Promise<void> {
    const member = await compress(lines);
    try {
      await this.#handle.appendFile(member);
    } catch (error) {
      // A torn member would hide what is appended after it. Where even that fails, the first error is the one to tell.
      await this.#handle.truncate(this.bytes).catch(() => undefined);
      throw error;
    }
    this.bytes += member.length;
    this.rows += rows;
    this.#from ??= from;
    this.#to = Math.max(this.#to, to);
  }

  /** For the manifest. */
  get summary(): RecordedFile {
    const iso = (at: Micros) => new Date(at / 1_000).toISOString();
    return { name: this.name, rows: this.rows, from: iso(this.#from ?? 0), to: iso(this.#to) };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
