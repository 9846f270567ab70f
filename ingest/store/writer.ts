import type { RejectedRow, Tick } from '#ingest/feed.ts';
import { pause } from '#ingest/transport/pause.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDbAddress } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import { type Entry, type GapRow, isTick, type Span } from './batch.ts';
import { Delivery } from './delivery.ts';
import { Outbox, type QueuedBatch } from './outbox.ts';
import { type Damage, Spool, type Spooled } from './spool.ts';

export interface WriterOptions {
  /** How long a row may wait for company, in milliseconds. */
  flushMs: number;
  /** Rows in one request at most. */
  batchRows: number;
  /** Rows that are neither stored nor spooled before `write` makes its caller wait. */
  queueRows: number;
  spool: { directory: string; maxBytes: number; sync: boolean };
  /** Unacknowledged rows before `write` makes its caller wait: for a source that can wait. Default: no limit. */
  aheadRows?: number;
  /** How long `close` goes on trying while QuestDB is away, in milliseconds. */
  closeMs?: number;
}

/**
 * Writes ticks, rejections and gaps into QuestDB. A batch is on disk before it is sent and stays there until it is acknowledged,
 * so that neither an outage of QuestDB nor the death of this process loses more than what came in the last `flushMs`:
 * received = acknowledged + queued + spooled + lost, each counted where it is, and lost is what a broken disk has taken. A disk that is
 * full or refuses is said loudly; rows then stay in memory, and when there are too many of them the feed has to wait.
 */
export class TickWriter {
  readonly #options: Required<WriterOptions>;
  readonly #outbox: Outbox;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #queue: Entry[] = [];
  #lastReceivedAt: Micros = 0;
  /** Entries of all kinds. */
  #taken = 0;
  #settled = 0;
  #unspooled = 0;
  readonly #ticks = { received: 0, acknowledged: 0, lost: 0 };
  readonly #spool: Spool;
  readonly #recovered = { rows: 0, waiting: 0 };
  /** What was found damaged at the start: rows that heads tell, and records without a readable head. */
  readonly #damaged = { rows: 0, records: 0 };
  #fatal: Error | undefined;
  #closing: Promise<void> | undefined;
  #changed = Promise.withResolvers<void>();
  /** Event times of what an earlier process left and is now sent; undefined where there was nothing. */
  readonly recovered: { from: Micros; to: Micros } | undefined;
  /** What an earlier process left and nobody can read any more. */
  readonly damages: readonly Damage[];
  /** Called when some of this session's own ticks are acknowledged. */
  onAcknowledged: (ticks: number, span: Span) => void = () => {};
  /** Called when a batch of this session could not be read back from the disk. */
  onLost: (damage: Damage) => void = () => {};

  private constructor(
    delivery: Delivery,
    spool: Spool,
    left: { batches: Spooled[]; damages: Damage[] },
    options: WriterOptions,
    log: Logger,
  ) {
    this.#options = { closeMs: 30_000, aheadRows: Number.POSITIVE_INFINITY, ...options };
    this.#log = log;
    const heads = left.batches.map(({ head }) => head);
    this.#recovered.rows = heads.reduce((sum, { rows }) => sum + rows, 0);
    this.#recovered.waiting = this.#recovered.rows;
    const [from, to] = [Math.min(...heads.map((head) => head.from)), Math.max(...heads.map((head) => head.to))];
    this.recovered = heads.length > 0 ? { from, to } : undefined;
    this.damages = left.damages;
    this.#spool = spool;
    for (const { rows } of left.damages) {
      if (rows === null) this.#damaged.records += 1;
      else this.#damaged.rows += rows;
    }
    this.#outbox = new Outbox(
      delivery,
      spool,
      left.batches,
      {
        appended: (batch) => this.#appended(batch),
        stored: (batch) => this.#stored(batch),
        lost: (batch, damage) => this.#lost(batch, damage),
        failed: (error) => {
          this.#fatal = error;
          this.#notify();
        },
      },
      log,
    );
    this.#timer = setInterval(() => this.#cut(), options.flushMs);
    this.#timer.unref();
  }

  /** A writer that sends first what an earlier process has left in the spool. */
  static async connect(address: QuestDbAddress, options: WriterOptions, log: Logger): Promise<TickWriter> {
    const { directory, ...limits } = options.spool;
    const spool = new Spool(directory, limits, log);
    const left = await spool.recover();
    if (left.batches.length > 0)
      log.warn({ batches: left.batches.length, directory }, 'an earlier process left ticks in the spool; sending them');
    for (const damage of left.damages) log.error(damage, 'a part of the spool cannot be read: it is lost');
    // Otherwise the outbox does, after the last of them: without this, segments of killed processes would pile up.
    if (left.batches.length === 0) await spool.tidy();
    return new TickWriter(await Delivery.connect(address, log), spool, left, options, log);
  }

  /** Ticks of this session, and rows that an earlier one has left; `damaged_records` had no readable count of rows. */
  get counters() {
    const { inMemory, onDisk } = this.#outbox.held;
    return {
      ...{ ...this.#ticks, queued: this.#queue.filter(isTick).length + inMemory, spooled: onDisk },
      ...{ recovered: this.#recovered.rows, recovered_waiting: this.#recovered.waiting },
      ...{ damaged_rows: this.#damaged.rows, damaged_records: this.#damaged.records },
      ...{ spool_bytes: this.#outbox.spoolBytes, failures: this.#outbox.failures },
    };
  }

  /** Receipt of the oldest tick of this session that QuestDB has not acknowledged; undefined where none waits. */
  get oldestWaiting(): Micros | undefined {
    return this.#outbox.oldestReceived;
  }

  /** What is wrong now, in words; undefined when all is well. */
  get trouble(): string | undefined {
    return this.#fatal?.message ?? this.#outbox.trouble;
  }

  /** Takes a row. Returns a promise to wait for only when there are too many, so that the pressure reaches the feed. */
  write(tick: Tick): Promise<void> | undefined {
    this.#check();
    // Unique, so that a count between two times of receipt counts exactly the rows between.
    if (tick.receivedAt <= this.#lastReceivedAt) tick.receivedAt = this.#lastReceivedAt + 1;
    this.#lastReceivedAt = tick.receivedAt;
    this.#ticks.received += 1;
    return this.#take(tick);
  }

  /** Takes a row that was refused, for the table of those. */
  reject(row: RejectedRow): Promise<void> | undefined {
    this.#check();
    return this.#take(row);
  }

  /** Takes an event of the gap ledger: an outage then loses it as little as the ticks around it. */
  gap(row: GapRow): Promise<void> | undefined {
    this.#check();
    return this.#take(row);
  }

  /** Resolves when every row taken so far is acknowledged (or lost). */
  async flush(): Promise<void> {
    const wanted = this.#taken;
    this.#cut();
    while (this.#settled < wanted) await this.#change();
  }

  /** The gaps of `damages` are stored. */
  damagesTold(): Promise<void> {
    return this.#spool.damagesTold();
  }

  /** Resolves when QuestDB has what an earlier process left. */
  async recoveredStored(): Promise<void> {
    while (this.#recovered.waiting > 0) await this.#change();
  }

  /**
   * Sends what is left and ends; idempotent. What QuestDB does not take in time stays in the spool, and the next writer
   * sends it.
   * @throws UserError with the number of rows that are neither stored nor spooled
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  #check(): void {
    if (this.#fatal) throw this.#fatal;
    if (this.#closing !== undefined) throw new Error('the writer is closed');
  }

  #take(entry: Entry): Promise<void> | undefined {
    this.#queue.push(entry);
    this.#taken += 1;
    this.#unspooled += 1;
    if (this.#queue.length >= this.#options.batchRows) this.#cut();
    return this.#isFull() ? this.#room() : undefined;
  }

  #isFull(): boolean {
    return this.#unspooled >= this.#options.queueRows || this.#taken - this.#settled >= this.#options.aheadRows;
  }

  async #room(): Promise<void> {
    this.#cut();
    while (this.#isFull()) await this.#change();
  }

  /** What has gathered goes on its way. */
  #cut(): void {
    while (this.#queue.length > 0) {
      const entries = this.#queue.slice(0, this.#options.batchRows);
      this.#queue = this.#queue.slice(entries.length);
      this.#outbox.append(entries);
    }
  }

  #appended({ rows, spooled }: QueuedBatch): void {
    if (!spooled) return;
    this.#unspooled -= rows;
    this.#notify();
  }

  #stored(batch: QueuedBatch): void {
    this.#settle(batch);
    if (!batch.recovered && batch.ticks > 0) {
      this.#ticks.acknowledged += batch.ticks;
      this.onAcknowledged(batch.ticks, batch.span);
    }
    this.#notify();
  }

  #lost(batch: QueuedBatch, damage: Damage): void {
    this.#settle(batch);
    this.#ticks.lost += batch.ticks;
    this.onLost(damage);
    this.#notify();
  }

  #settle({ recovered, rows, spooled }: QueuedBatch): void {
    if (recovered) {
      this.#recovered.waiting -= rows;
      return;
    }
    this.#settled += rows;
    if (!spooled) this.#unspooled -= rows;
  }

  /** Resolves at the next change of state. */
  async #change(): Promise<void> {
    if (this.#fatal) throw this.#fatal;
    await this.#changed.promise;
    if (this.#fatal) throw this.#fatal;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async #finish(): Promise<void> {
    clearInterval(this.#timer);
    const over = new AbortController();
    // A final failure is said below.
    await Promise.race([this.flush().catch(() => {}), pause(this.#options.closeMs, over.signal)]);
    over.abort();
    await this.#outbox.close();
    const seconds = this.#options.closeMs / 1_000;
    if (this.#unspooled > 0)
      throw new UserError(
        `${this.#unspooled} rows are lost: QuestDB did not take them within ${seconds} s (${this.trouble ?? 'it does not answer'}).`,
        'Bring QuestDB back and make room on the disk. The spell is marked in the table gaps.',
      );
    if (this.#fatal) throw this.#fatal;
    const waiting = this.#taken - this.#settled + this.#recovered.waiting;
    if (waiting > 0) this.#log.warn({ rows: waiting }, 'rows stay in the spool; the next start sends them');
  }
}
