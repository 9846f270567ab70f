import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Span } from './batch.ts';

/** What QuestDB was asked about so far, and what was acknowledged since. */
export interface AuditState {
  /** Ticks of this session that QuestDB has counted. */
  counted: number;
  /** Acknowledged ticks that it did not have when it was asked. */
  missing: number;
  /** What is being counted at this moment; it is in neither of the other numbers. */
  counting: Uncounted | null;
  /** Acknowledged since the last count, and where they lie. */
  since: Uncounted | null;
}

/** Ticks that were acknowledged, and where they lie. */
export interface Uncounted {
  ticks: number;
  span: Span;
}

/**
 * Does not take the database's word for it: counts what is really there of what it has acknowledged, span by span.
 */
export class Audit {
  readonly #db: QuestDb;
  readonly #venue: string;
  #counted = 0;
  #missing = 0;
  #since: Uncounted | null = null;
  #asked: Uncounted | null = null;
  #counting: Promise<void> | undefined;

  constructor(db: QuestDb, venue: string) {
    this.#db = db;
    this.#venue = venue;
  }

  get state(): AuditState {
    const copy = (of: Uncounted | null) => of && { ticks: of.ticks, span: { ...of.span } };
    return { counted: this.#counted, missing: this.#missing, counting: copy(this.#asked), since: copy(this.#since) };
  }

  /** To be called with what is acknowledged, in order. */
  acknowledged(ticks: number, span: Span): void {
    if (!this.#since) {
      this.#since = { ticks, span: { ...span } };
      return;
    }
    const { span: all } = this.#since;
    this.#since.ticks += ticks;
    all.receivedTo = span.receivedTo;
    all.tsFrom = Math.min(all.tsFrom, span.tsFrom);
    all.tsTo = Math.max(all.tsTo, span.tsTo);
  }

  /**
   * Counts what was acknowledged since the last time. One count at a time: of two, one that fails would give back a span
   * that grows over what the other has counted, and those ticks would count twice.
   */
  count(): Promise<void> {
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    return this.#counting;
  }

  async #count(): Promise<void> {
    const asked = this.#since;
    if (!asked) return;
    this.#since = null;
    this.#asked = asked;
    try {
      const found = await countStored(this.#db, this.#venue, asked.span);
      this.#counted += found;
      this.#missing += asked.ticks - found;
    } catch (error) {
      const later = this.#since as Uncounted | null;
      this.#since = asked;
      if (later) this.acknowledged(later.ticks, later.span);
      throw error;
    } finally {
      this.#asked = null;
    }
  }
}

/** The ticks that QuestDB has in this span, once it has applied what it was given. */
export async function countStored(db: QuestDb, venue: string, span: Span): Promise<number> {
  await db.applied(['ticks'], 10_000);
  const [{ rows }] = await db.preparedRows('checks/received_between', {
    venue,
    received_from: new Timestamp(span.receivedFrom),
    received_to: new Timestamp(span.receivedTo),
    ts_from: new Timestamp(span.tsFrom),
    ts_to: new Timestamp(span.tsTo),
  });
  return rows;
}
