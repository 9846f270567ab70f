import { setTimeout as sleep } from 'node:timers/promises';
import { Sender } from '@questdb/nodejs-client';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDbAddress } from '#lib/questdb/database.ts';
import { senderConfiguration } from '#lib/questdb/sender.ts';
import type { Tick } from './feed.ts';

export interface WriterOptions {
  /** How long a row may wait for company, in milliseconds. */
  flushMs: number;
  /** Rows in one request at most. */
  batchRows: number;
  /** Rows held before `write` makes its caller wait. */
  queueRows: number;
  /** How long `close` goes on trying while QuestDB is away, in milliseconds. */
  closeMs?: number;
}

/**
 * Writes ticks into QuestDB. The official client forgets a batch whose flush fails and has no timer, so rows stay here
 * until QuestDB has acknowledged them: received = stored + queued, always. A batch that was stored although its answer got
 * lost is sent again, and the table's DEDUP keys keep each row once.
 */
export class TickWriter {
  readonly #options: Required<WriterOptions>;
  readonly #sender: Sender;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #queue: Tick[] = [];
  #received = 0;
  #stored = 0;
  #failures = 0;
  #closing: Promise<void> | undefined;
  #fatal: Error | undefined;
  #trouble: string | undefined;
  #flushing: Promise<void> | undefined;

  private constructor(sender: Sender, options: WriterOptions, log: Logger) {
    this.#sender = sender;
    this.#options = { closeMs: 30_000, ...options };
    this.#log = log;
    this.#timer = setInterval(() => this.#nudge(), options.flushMs);
    this.#timer.unref();
  }

  static async connect(address: QuestDbAddress, options: WriterOptions, log: Logger): Promise<TickWriter> {
    return new TickWriter(await Sender.fromConfig(senderConfiguration(address)), options, log);
  }

  get counters() {
    return { received: this.#received, stored: this.#stored, queued: this.#queue.length, failures: this.#failures };
  }

  /** Takes a row; waits when the queue is full, so that the pressure reaches the feed. */
  async write(tick: Tick): Promise<void> {
    if (this.#fatal) throw this.#fatal;
    if (this.#closing !== undefined) throw new Error('the writer is closed');
    this.#queue.push(tick);
    this.#received++;
    if (this.#queue.length >= this.#options.batchRows) this.#nudge();
    while (this.#queue.length >= this.#options.queueRows) await this.#start();
  }

  /** Resolves when every row taken so far is acknowledged. */
  async flush(): Promise<void> {
    const wanted = this.#received;
    while (this.#stored < wanted) await this.#start();
  }

  /**
   * Sends what is left and ends; idempotent.
   * @throws UserError with the number of rows that QuestDB did not take in time
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    clearInterval(this.#timer);
    const over = new AbortController();
    try {
      // The client repeats a request by itself for seconds, so the deadline cannot wait for its answer.
      await Promise.race([this.flush(), this.#deadline(over.signal)]);
    } finally {
      over.abort();
      await this.#sender.close();
    }
  }

  async #deadline(signal: AbortSignal): Promise<void> {
    try {
      await sleep(this.#options.closeMs, undefined, { signal });
    } catch {
      // Aborted: everything was sent in time, or can never be.
      return;
    }
    this.#fatal ??= new UserError(
      `${this.#queue.length} ticks could not be written to QuestDB within ${this.#options.closeMs / 1000} s: ${this.#trouble ?? 'it does not answer'}.`,
      'Start QuestDB and ingest that spell again.',
    );
    throw this.#fatal;
  }

  /** Starts a flush that nobody waits for; a final failure is kept for the next caller. */
  #nudge(): void {
    this.#start().catch(() => {});
  }

  /** One flush at a time; whoever asks meanwhile waits for it and learns of a final failure. */
  async #start(): Promise<void> {
    this.#flushing ??= this.#drain().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
    if (this.#fatal) throw this.#fatal;
  }

  async #drain(): Promise<void> {
    for (let attempt = 0; this.#queue.length > 0 && !this.#fatal; ) {
      const batch = this.#queue.slice(0, this.#options.batchRows);
      try {
        await this.#serialise(batch);
        await this.#sender.flush();
        this.#queue.splice(0, batch.length);
        this.#stored += batch.length;
        attempt = 0;
      } catch (error) {
        this.#sender.reset();
        this.#failures++;
        this.#trouble = reasonOf(error);
        this.#fatal ??= refusal(error);
        if (!this.#fatal) await this.#backOff(attempt++);
      }
    }
  }

  async #serialise(batch: readonly Tick[]): Promise<void> {
    for (const tick of batch) {
      try {
        await append(this.#sender, tick);
      } catch (cause) {
        const text = JSON.stringify(tick);
        throw new UserError(`A tick cannot be sent to QuestDB: ${reasonOf(cause)}, in ${text}.`, undefined, { cause });
      }
    }
  }

  async #backOff(attempt: number): Promise<void> {
    const wait = Math.min(5_000, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);
    this.#log.warn(
      { reason: this.#trouble, queued: this.#queue.length, wait: Math.round(wait) },
      'QuestDB did not take a batch; trying again',
    );
    await sleep(wait);
  }
}

/** An error that no repetition mends: a row that cannot be said, or that QuestDB refuses. */
function refusal(error: unknown): Error | undefined {
  if (error instanceof UserError) return error;
  const reason = reasonOf(error);
  if (!/statusCode=4\d\d/.test(reason) || /statusCode=(408|429)/.test(reason)) return undefined;
  return new UserError(
    `QuestDB refuses ticks: ${reason}.`,
    'Does the table ticks have the columns of sql/tables, and is the password right?',
    { cause: error },
  );
}

/** Absent measures are left out, which QuestDB stores as null. Symbols come before the other columns in this protocol. */
async function append(sender: Sender, tick: Tick): Promise<void> {
  sender
    .table('ticks')
    .symbol('venue', tick.venue)
    .symbol('symbol', tick.symbol)
    .symbol('source', tick.source)
    .symbol('kind', tick.kind);
  if (tick.side !== null) sender.symbol('side', tick.side);
  sender.stringColumn('event_id', tick.eventId);
  number(sender, 'price', tick.price);
  number(sender, 'size', tick.size);
  number(sender, 'bid', tick.bid);
  number(sender, 'ask', tick.ask);
  number(sender, 'bid_size', tick.bidSize);
  number(sender, 'ask_size', tick.askSize);
  number(sender, 'volume_24h', tick.volume24h);
  number(sender, 'high_24h', tick.high24h);
  number(sender, 'low_24h', tick.low24h);
  sender.timestampColumn('received_at', tick.receivedAt, 'us');
  await sender.at(tick.ts, 'us');
}

function number(sender: Sender, name: string, value: number | null): void {
  if (value !== null) sender.floatColumn(name, value);
}
