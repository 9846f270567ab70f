import { pause } from '#ingest/transport/pause.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { type Batch, batchOf, type Entry } from './batch.ts';
import type { Delivery } from './delivery.ts';
import type { Damage, Spool, Spooled } from './spool.ts';

/** A batch between its arrival and its acknowledgement. */
export interface QueuedBatch extends Omit<Batch, 'entries'> {
  /** Undefined where they are on disk only. */
  entries: readonly Entry[] | undefined;
  rows: number;
  spooled: Spooled | undefined;
  /** Left by an earlier process. */
  recovered: boolean;
}

export interface OutboxEvents {
  /** It is on disk now, or cannot be and stays in memory. */
  appended(queued: QueuedBatch): void;
  /** QuestDB has acknowledged it. */
  stored(queued: QueuedBatch): void;
  /** It was on disk alone, and is not readable any more. */
  lost(queued: QueuedBatch, damage: Damage): void;
  /** There is no going on. */
  failed(error: Error): void;
}

/** Rows kept in memory though they are on disk: as a rule they are sent at once. */
const keptRows = 20_000;

const lastRequestMs = 1_000;

/** Batches between their arrival and their acknowledgement: first to disk, then to QuestDB, one after the other. */
export class Outbox {
  readonly #delivery: Delivery;
  readonly #spool: Spool;
  readonly #on: OutboxEvents;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  readonly #queue: QueuedBatch[] = [];
  #kept = 0;
  /** Ticks on their way to the disk. */
  #appendingTicks = 0;
  #appending: Promise<void> = Promise.resolve();
  #sending: Promise<void> | undefined;
  #spoolTrouble: string | undefined;
  #failed = false;

  constructor(delivery: Delivery, spool: Spool, left: readonly Spooled[], on: OutboxEvents, log: Logger) {
    this.#delivery = delivery;
    this.#spool = spool;
    this.#on = on;
    this.#log = log;
    const span = { receivedFrom: 0, receivedTo: 0, tsFrom: 0, tsTo: 0 };
    for (const spooled of left) {
      const { rows } = spooled.head;
      this.#queue.push({ entries: undefined, rows, ticks: 0, spooled, recovered: true, span });
    }
    this.#send();
  }

  /** What is wrong now, in words; undefined when all is well. */
  get trouble(): string | undefined {
    return this.#spoolTrouble ?? this.#delivery.trouble;
  }

  /** Ticks of this session that it has: in memory alone, and on disk. Counted where they are. */
  get held(): { inMemory: number; onDisk: number } {
    const held = { inMemory: this.#appendingTicks, onDisk: 0 };
    for (const { ticks, spooled, recovered } of this.#queue)
      if (!recovered) held[spooled ? 'onDisk' : 'inMemory'] += ticks;
    return held;
  }

  /** Receipt of the oldest tick of this session that is not acknowledged (microseconds). */
  get oldestReceived(): number | undefined {
    return this.#queue.find(({ recovered, ticks }) => !recovered && ticks > 0)?.span.receivedFrom;
  }

  get spoolBytes(): number {
    return this.#spool.bytes;
  }

  get failures(): number {
    return this.#delivery.failures;
  }

  /** Takes the next batch. */
  append(entries: readonly Entry[]): void {
    const batch = batchOf(entries);
    this.#appendingTicks += batch.ticks;
    this.#appending = this.#appending.then(() => this.#append(batch));
  }

  /** Ends; what is on disk stays there for the next process. */
  async close(): Promise<void> {
    await this.#appending;
    this.#stopping.abort();
    // The client goes on with a request for ten seconds; what it may still store is in the spool as well.
    const over = new AbortController();
    await Promise.race([this.#sending, pause(lastRequestMs, over.signal)]);
    over.abort();
    await this.#spool.close();
    await this.#delivery.close();
  }

  async #append(batch: Batch): Promise<void> {
    const { entries } = batch;
    let spooled: Spooled | undefined;
    try {
      spooled = await this.#spool.append(batch);
      if (this.#spoolTrouble) this.#log.info('the spool takes batches again');
      this.#spoolTrouble = undefined;
    } catch (error) {
      const trouble = `the spool cannot be written: ${reasonOf(error)}`;
      if (!this.#spoolTrouble) this.#log.error(`${trouble}; rows stay in memory`);
      this.#spoolTrouble = trouble;
    }
    const keep = !spooled || this.#kept + entries.length <= keptRows;
    const queued = {
      ...{ ...batch, entries: keep ? entries : undefined, rows: entries.length },
      ...{ spooled, recovered: false },
    };
    if (keep) this.#kept += queued.rows;
    this.#queue.push(queued);
    this.#appendingTicks -= batch.ticks;
    this.#on.appended(queued);
    this.#send();
  }

  #send(): void {
    if (this.#sending || this.#failed || this.#stopping.signal.aborted || this.#queue.length === 0) return;
    this.#sending = this.#drain()
      .catch((error) => {
        this.#failed = true;
        this.#on.failed(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => {
        this.#sending = undefined;
        // A batch may have come after the last look.
        this.#send();
      });
  }

  async #drain(): Promise<void> {
    for (let queued = this.#queue[0]; queued && !this.#stopping.signal.aborted; queued = this.#queue[0]) {
      const entries = queued.entries ?? (await this.#readBack(queued));
      if (Array.isArray(entries) && !(await this.#delivery.deliver(entries, this.#stopping.signal))) return;
      if (queued.spooled) await this.#release(queued.spooled);
      // Nowhere and in two places at no time: a count of the batches may come at any moment.
      this.#queue.shift();
      if (queued.entries) this.#kept -= queued.rows;
      if (Array.isArray(entries)) this.#on.stored(queued);
      else this.#on.lost(queued, entries as Damage);
      if (queued.recovered && !this.#queue[0]?.recovered) await this.#spool.tidy().catch((error) => this.#warn(error));
    }
  }

  async #readBack(queued: QueuedBatch): Promise<Entry[] | Damage> {
    const { segment, head } = queued.spooled!;
    try {
      return await this.#spool.read(queued.spooled!);
    } catch (error) {
      const damage = { file: segment.path, from: head.from, to: head.to, rows: head.rows };
      this.#log.error({ ...damage, reason: reasonOf(error) }, 'a batch cannot be read back from the spool: it is lost');
      return damage;
    }
  }

  async #release(spooled: Spooled): Promise<void> {
    await this.#spool.release(spooled).catch((error) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#log.warn({ reason: reasonOf(error) }, 'room in the spool not freed');
  }
}
