import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { Micros } from '#lib/time.ts';
import { type Batch, decode, type Entry, encode } from './batch.ts';
import { doneOf, type RecordHead, recordOf, scan } from './spool_record.ts';

export interface SpoolOptions {
  /** Unacknowledged batches take no more room than this. */
  maxBytes: number;
  /** Forces each batch to the disk itself: what is spooled then outlives a power cut too, not only the process. */
  sync: boolean;
}

/** Where a batch lies. */
export interface Spooled {
  segment: Segment;
  head: RecordHead;
  offset: number;
}

/**
 * A spell whose rows were spooled and cannot be read any more; `rows` is null where not even the head was readable: the
 * spell then reaches from the record before to the record after, or to when the file was begun and last written.
 */
export interface Damage {
  from: Micros;
  to: Micros;
  rows: number | null;
  file: string;
}

interface Segment {
  path: string;
  /** Batches in it that are not acknowledged. */
  live: number;
  bytes: number;
  closed: boolean;
}

/** A segment is removed as a whole, so it should not be much. */
const segmentBytes = 8 * 1_024 * 1_024;

const suffix = '.spool';

/** In the directory of the spool: what is kept of segments with damage. It is never read as a spool. */
const damagedFolder = 'damaged';

/**
 * An append-only log on disk of the batches that the database has not acknowledged yet, in the order of arrival. Every
 * record has a checksum. One process writes it; what another one left is found by `recover`. Operations are carried out
 * in the order in which they are called.
 */
export class Spool {
  readonly #directory: string;
  readonly #options: SpoolOptions;
  readonly #log: Logger;
  /** Names of one process sort before those of a later one. */
  readonly #prefix = `${Date.now()}-${process.pid}`;
  #active: (Segment & { handle: FileHandle }) | undefined;
  #segments = 0;
  #sequence = 0;
  /** Bytes of segments of earlier processes that hold no batch. */
  #leftOver = 0;
  #bytes = 0;
  #work: Promise<unknown> = Promise.resolve();

  constructor(directory: string, options: SpoolOptions, log: Logger) {
    this.#directory = directory;
    this.#options = options;
    this.#log = log;
  }

  /** Bytes of segments on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Batches that an earlier process left, oldest first, and what of them is damaged. To be called first. */
  async recover(): Promise<{ batches: Spooled[]; damages: Damage[] }> {
    const batches: Spooled[] = [];
    const damages: Damage[] = [];
    /** Damages whose spell ends with the next record that can be read. */
    let unbounded: Damage[] = [];
    let before: Micros | undefined;
    const passed = ({ from, to }: Pick<Damage, 'from' | 'to'>) => {
      for (const damage of unbounded) damage.to = Math.max(damage.to, from);
      unbounded = [];
      before = Math.max(before ?? to, to);
    };
    for (const name of (await this.#names()).sort(byAge)) {
      const path = join(this.#directory, name);
      const content = await readFile(path);
      const segment: Segment = { path, live: 0, bytes: content.length, closed: true };
      const own: Spooled[] = [];
      const { birthtimeMs, mtimeMs } = await stat(path);
      const begun = Math.min(Number(name.split('-')[0]), birthtimeMs, mtimeMs) * 1_000;
      let damaged = false;
      for (const found of scan(content)) {
        if (found.type === 'batch') {
          passed(found.head);
          own.push({ segment, head: found.head, offset: found.offset });
        } else if (found.type === 'damaged') {
          const { head } = found;
          damaged = true;
          const file = join(this.#directory, damagedFolder, name);
          // Event times may run ahead of the file's and behind them: each end is the wider one.
          const from = head?.from ?? Math.floor(Math.min(before ?? begun, begun));
          const to = head?.to ?? Math.ceil(Math.max(before ?? 0, mtimeMs * 1_000));
          const damage = { file, from, to, rows: head?.rows ?? null };
          damages.push(damage);
          if (head) passed(head);
          else unbounded.push(damage);
        } else {
          // Of this segment or of an earlier one of the same process.
          const process = processOf(name);
          const of = (batch: Spooled) => processOf(batch.segment.path.slice(this.#directory.length + 1)) === process;
          const isDone = (batch: Spooled) => batch.head.sequence === found.sequence && of(batch);
          for (const list of [own, batches]) {
            const at = list.findIndex(isDone);
            if (at >= 0) list.splice(at, 1);
          }
        }
      }
      if (damaged) await this.#keepAside(name);
      batches.push(...own);
      this.#bytes += segment.bytes;
    }
    for (const { segment } of batches) segment.live += 1;
    const live = new Set(batches.map(({ segment }) => segment));
    this.#leftOver = this.#bytes - [...live].reduce((sum, { bytes }) => sum + bytes, 0);
    return { batches, damages: await this.#untold(damages) };
  }

  /** The gaps of all damages are stored: no later process has to open them. */
  async damagesTold(): Promise<void> {
    await rm(this.#untoldFile, { force: true });
  }

  get #untoldFile(): string {
    return join(this.#directory, damagedFolder, 'untold.json');
  }

  /** Beside these damages those of an earlier process that ended before it had told of them. */
  async #untold(damages: Damage[]): Promise<Damage[]> {
    const earlier = await readFile(this.#untoldFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    const all = [...(JSON.parse(earlier) as Damage[]), ...damages];
    const distinct = [...new Map(all.map((damage) => [JSON.stringify(damage), damage])).values()];
    if (damages.length > 0) {
      const written = `${this.#untoldFile}.new`;
      await writeFile(written, JSON.stringify(distinct));
      await rename(written, this.#untoldFile);
    }
    return distinct;
  }

  /** A copy for whoever wants to look at it; `tidy` removes the segment itself once what can be read of it is stored. */
  async #keepAside(name: string): Promise<void> {
    const folder = join(this.#directory, damagedFolder);
    await mkdir(folder, { recursive: true });
    await copyFile(join(this.#directory, name), join(folder, name));
  }

  /** Segments that hold nothing any more, of an earlier process; called once its batches are delivered. */
  async tidy(): Promise<void> {
    const names = await this.#names();
    for (const name of names)
      if (!name.startsWith(this.#prefix)) await rm(join(this.#directory, name), { force: true });
    this.#bytes -= this.#leftOver;
    this.#leftOver = 0;
  }

  /**
   * Writes a batch behind the others. It is readable by a later process once the promise resolves.
   * @throws Error when the spool is full or the disk refuses; nothing of the batch is left then
   */
  append(batch: Batch): Promise<Spooled> {
    return this.#then(async () => {
      const { head, data } = recordOf(
        { sequence: this.#sequence, rows: batch.entries.length, from: batch.span.tsFrom, to: batch.span.tsTo },
        encode(batch.entries),
      );
      if (this.#bytes + data.length > this.#options.maxBytes)
        throw new Error(`the spool is full: ${this.#bytes} of ${this.#options.maxBytes} bytes`);
      const active = await this.#segment();
      const offset = active.bytes;
      await this.#write(active, data);
      this.#sequence += 1;
      active.live += 1;
      return { segment: active, head, offset: offset + data.length - head.bytes - 1 };
    });
  }

  /**
   * The rows of a batch, back from disk.
   * @throws Error when it cannot be read or is not what was written
   */
  async read({ segment, head, offset }: Spooled): Promise<Entry[]> {
    const handle = await open(segment.path, 'r');
    try {
      const payload = Buffer.alloc(head.bytes);
      const { bytesRead } = await handle.read(payload, 0, head.bytes, offset);
      if (bytesRead < head.bytes || crc32(payload) !== head.crc) throw new Error('its checksum is wrong');
      return decode(payload.toString());
    } finally {
      await handle.close();
    }
  }

  /** The batch is acknowledged: its room can be used again. */
  release({ segment, head }: Spooled): Promise<void> {
    return this.#then(async () => {
      segment.live -= 1;
      if (segment.live > 0) {
        // Only saves a later process from sending it once more, which would do no harm.
        if (this.#active && !segment.closed) await this.#write(this.#active, doneOf(head.sequence)).catch(() => {});
        return;
      }
      if (segment.closed) {
        await rm(segment.path, { force: true });
        this.#bytes -= segment.bytes;
      } else if (this.#active) {
        await this.#active.handle.truncate(0);
        this.#bytes -= segment.bytes;
        segment.bytes = 0;
      }
    });
  }

  /** Ends; an empty segment is removed, others stay for the next process. */
  close(): Promise<void> {
    return this.#then(async () => {
      const active = this.#active;
      this.#active = undefined;
      if (!active) return;
      await active.handle.close();
      if (active.live === 0) await rm(active.path, { force: true });
    });
  }

  async #segment(): Promise<Segment & { handle: FileHandle }> {
    if (this.#active && this.#active.bytes >= segmentBytes) {
      this.#active.closed = true;
      await this.#active.handle.close();
      this.#active = undefined;
    }
    if (!this.#active) {
      await mkdir(this.#directory, { recursive: true });
      const path = join(this.#directory, `${this.#prefix}-${String(this.#segments++).padStart(8, '0')}${suffix}`);
      this.#active = { path, live: 0, bytes: 0, closed: false, handle: await open(path, 'a+') };
    }
    return this.#active;
  }

  async #write(active: Segment & { handle: FileHandle }, data: Buffer): Promise<void> {
    try {
      for (let done = 0; done < data.length; ) {
        done += (await active.handle.write(data, done, data.length - done)).bytesWritten;
      }
      if (this.#options.sync) await active.handle.datasync();
    } catch (error) {
      await this.#takeBack(active);
      throw error;
    }
    active.bytes += data.length;
    this.#bytes += data.length;
  }

  /** What was written of a record in part must not stand before the next one. */
  async #takeBack(active: Segment & { handle: FileHandle }): Promise<void> {
    try {
      await active.handle.truncate(active.bytes);
    } catch (error) {
      this.#log.error({ reason: reasonOf(error), file: active.path }, 'spool segment given up; the next one is begun');
      active.closed = true;
      this.#active = undefined;
      await active.handle.close().catch(() => {});
    }
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).filter((name) => name.endsWith(suffix));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  #then<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => {});
    return result;
  }
}

/** `<start>-<pid>-<number>.spool`: by start, then number. */
function byAge(a: string, b: string): number {
  const [startA, , numberA] = a.split(/[-.]/).map(Number);
  const [startB, , numberB] = b.split(/[-.]/).map(Number);
  return startA - startB || numberA - numberB;
}

function processOf(name: string): string {
  return name.split('-').slice(0, 2).join('-');
}
