import { Sender } from '@questdb/nodejs-client';
import type { Agent } from 'undici';
import type { RejectedRow, Tick } from '#ingest/feed.ts';
import { Backoff } from '#ingest/transport/backoff.ts';
import { pause } from '#ingest/transport/pause.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDbAddress } from '#lib/questdb/database.ts';
import { sameDatabase } from '#lib/questdb/same_database.ts';
import { senderConfiguration } from '#lib/questdb/sender.ts';
import { type Entry, type GapRow, isGap, isTick } from './batch.ts';

/** A request may take ten seconds, in which the client repeats what a server refuses in passing. */
const slowMs = 2_000;

/**
 * Hands batches to QuestDB, one request each. The official client forgets a batch whose flush fails, so the batch stays
 * with us and is sent again until it is acknowledged; one that was stored although its answer got lost comes twice, and
 * the tables' DEDUP keys keep each row once. No other database than the first one is given any.
 */
export class Delivery {
  readonly #sender: Sender;
  readonly #agent: Agent;
  readonly #log: Logger;
  /** A try costs little where nobody answers. */
  readonly #backoff = new Backoff(100, 1_000);
  #failures = 0;
  #trouble: string | undefined;
  #askedAt: number | undefined;

  private constructor(sender: Sender, agent: Agent, log: Logger) {
    this.#sender = sender;
    this.#agent = agent;
    this.#log = log;
  }

  static async connect(address: QuestDbAddress, log: Logger): Promise<Delivery> {
    const agent = sameDatabase(address);
    return new Delivery(await Sender.fromConfig(senderConfiguration(address), { agent }), agent, log);
  }

  /** Attempts that failed since the start. */
  get failures(): number {
    return this.#failures;
  }

  /** Why the last attempt failed, or that this one takes long; undefined once one has succeeded. */
  get trouble(): string | undefined {
    if (this.#trouble) return this.#trouble;
    const waiting = this.#askedAt === undefined ? 0 : performance.now() - this.#askedAt;
    return waiting > slowMs ? `QuestDB has not answered for ${Math.round(waiting / 1_000)} s` : undefined;
  }

  /**
   * Resolves when the batch is acknowledged, however long that takes; at the signal with false.
   * @throws UserError where no repetition would help: a row that cannot be sent, or that QuestDB refuses
   */
  async deliver(entries: readonly Entry[], signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        for (const entry of entries) await this.#serialise(entry);
        this.#askedAt = performance.now();
        await this.#sender.flush();
        if (this.#trouble) this.#log.info('QuestDB takes batches again');
        this.#trouble = undefined;
        this.#backoff.reset();
        return true;
      } catch (error) {
        this.#sender.reset();
        this.#failures += 1;
        const reason = reasonOf(error);
        const final = refusal(error);
        // Said once for each reason: an outage has many tries.
        if (reason !== this.#trouble)
          this.#log.warn({ reason, rows: entries.length }, 'QuestDB did not take a batch; trying again');
        this.#trouble = reason;
        if (final) throw final;
        await pause(this.#backoff.next(), signal);
      } finally {
        this.#askedAt = undefined;
      }
    }
    return false;
  }

  async close(): Promise<void> {
    this.#sender.reset();
    await this.#sender.close();
    await this.#agent.destroy();
  }

  async #serialise(entry: Entry): Promise<void> {
    try {
      if (isTick(entry)) await appendTick(this.#sender, entry);
      else await (isGap(entry) ? appendGap(this.#sender, entry) : appendRejected(this.#sender, entry));
    } catch (cause) {
      const text = JSON.stringify(entry);
      throw new UserError(`A row cannot be sent to QuestDB: ${reasonOf(cause)}, in ${text}.`, undefined, { cause });
    }
  }
}

/** An error that no repetition mends. */
function refusal(error: unknown): Error | undefined {
  if (error instanceof UserError) return error;
  const reason = reasonOf(error);
  if (!/statusCode=4\d\d/.test(reason) || /statusCode=(408|429)/.test(reason)) return undefined;
  return new UserError(
    `QuestDB refuses ticks: ${reason}.`,
    'Does the table ticks have the columns of sql/tables, and is the password right? What it refused stays in the spool.',
    { cause: error },
  );
}

/** Absent measures are left out, which QuestDB stores as null. Symbols come before the other columns in this protocol. */
function appendTick(sender: Sender, tick: Tick): Promise<void> {
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
  if (tick.seq !== null) sender.intColumn('seq', tick.seq);
  sender.timestampColumn('received_at', tick.receivedAt, 'us');
  return sender.at(tick.ts, 'us');
}

function appendGap(
  sender: Sender,
  { venue, symbol, event, level, cause, id, how, since, until, at }: GapRow,
): Promise<void> {
  sender.table('gaps').symbol('venue', venue).symbol('symbol', symbol).symbol('event', event);
  sender.symbol('level', level).symbol('cause', cause).stringColumn('gap_id', id).timestampColumn('since', since, 'us');
  if (how !== null) sender.stringColumn('how', how);
  if (until !== null) sender.timestampColumn('until', until, 'us');
  return sender.at(at, 'us');
}

function appendRejected(
  sender: Sender,
  { venue, symbol, source, reason, raw, receivedAt }: RejectedRow,
): Promise<void> {
  sender.table('rejected_ticks').symbol('venue', venue);
  if (symbol !== null) sender.symbol('symbol', symbol);
  sender.symbol('source', source).symbol('reason', reason).stringColumn('raw', raw);
  return sender.at(receivedAt, 'us');
}

function number(sender: Sender, name: string, value: number | null): void {
  if (value !== null) sender.floatColumn(name, value);
}
