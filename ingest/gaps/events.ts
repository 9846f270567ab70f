import { setTimeout as sleep } from 'node:timers/promises';
import { pause } from '#ingest/transport/pause.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';

/** One row of the ledger: something that happened to a gap. */
export interface GapEvent {
  symbol: string;
  /** Of the gap. */
  id: string;
  event: 'opened' | 'bounded' | 'healed';
  level: 'trades' | 'candles';
  /** When it happened, on the market's clock. */
  at: Micros;
  since: Micros;
  /** Null while nobody has seen the end. */
  until: Micros | null;
  cause: string;
  how: string | null;
}

/** Where the ledger's events go, in order. */
export interface GapSink {
  /** Events that are not stored yet. */
  readonly waiting: number;
  /** Takes an event. Returns a promise only where the caller has to wait. */
  add(event: GapEvent): Promise<void> | undefined;
  /** Resolves when every event taken so far is stored. */
  flush(timeoutMs?: number): Promise<void>;
}

const retryMs = 500;

/**
 * The way of gap events into their table: in order, in the background, kept in memory while QuestDB is away, so that an
 * outage holds up no tick. Whoever depends on them being stored, the closer above all, awaits `flush` first.
 */
export class GapEvents implements GapSink {
  readonly #db: QuestDb;
  readonly #venue: string;
  readonly #log: Logger;
  readonly #capacity: number;
  #waiting: GapEvent[] = [];
  #writing: Promise<void> | undefined;
  #failure: unknown;

  constructor(db: QuestDb, venue: string, log: Logger, capacity = 20_000) {
    this.#db = db;
    this.#venue = venue;
    this.#log = log;
    this.#capacity = capacity;
  }

  /** Events that are not stored yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Takes an event. Returns a promise only where the caller has to wait: more events wait than memory is meant to hold.
   * A final refusal by QuestDB rejects it.
   */
  add(event: GapEvent): Promise<void> | undefined {
    this.#waiting.push(event);
    this.#start();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#waiting.length > this.#capacity ? this.#room() : undefined;
  }

  /**
   * Resolves when every event taken so far is stored.
   * @throws UserError when that takes longer than `timeoutMs`; what QuestDB has refused for good, each time
   */
  async flush(timeoutMs = Number.POSITIVE_INFINITY): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (this.#start(); this.#waiting.length > 0; this.#start()) {
      if (this.#failure !== undefined) throw this.#failure;
      const left = deadline - performance.now();
      if (left <= 0)
        throw new UserError(
          `${this.#waiting.length} events of the gap ledger could not be stored in time.`,
          'Is QuestDB running? The next start finds these gaps again by the newest stored ticks.',
          { transient: true },
        );
      const patience = new AbortController();
      await Promise.race([
        this.#writing,
        ...(left === Number.POSITIVE_INFINITY ? [] : [pause(left, patience.signal)]),
      ]).finally(() => patience.abort());
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #room(): Promise<void> {
    while (this.#waiting.length > this.#capacity) {
      if (this.#failure !== undefined) throw this.#failure;
      await sleep(20);
    }
  }

  #start(): void {
    if (this.#writing || this.#waiting.length === 0 || this.#failure !== undefined) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Ends with nothing waiting, or with a failure that `flush` and `add` report. */
  async #write(): Promise<void> {
    let away = false;
    while (this.#waiting.length > 0) {
      const { id, at, since, until, ...event } = this.#waiting[0];
      try {
        await this.#db.run('gaps/record', {
          ...event,
          gap_id: id,
          venue: this.#venue,
          ts: new Timestamp(at),
          since: new Timestamp(since),
          until: until === null ? null : new Timestamp(until),
        });
        this.#waiting.shift();
        away = false;
      } catch (error) {
        if (!(error instanceof UserError && error.transient)) {
          this.#failure = error;
          return;
        }
        if (!away)
          this.#log.warn({ reason: reasonOf(error), events: this.#waiting.length }, 'gap ledger waits for QuestDB');
        away = true;
        // A process that has nothing else to do is not kept alive by it.
        await sleep(retryMs, undefined, { ref: false });
      }
    }
  }
}
