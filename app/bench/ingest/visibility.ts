import { setTimeout as sleep } from 'node:timers/promises';
import type { QuestDb } from '#lib/questdb/database.ts';

const everyMs = 40;

/**
 * Measures how long rows take from their receipt until a query sees them: asks every 40 ms which `received_at` is visible,
 * and afterwards finds for each row the first answer that included it. Rows become visible in the order
 * of receipt.
 */
export class Visibility {
  readonly #db: QuestDb;
  readonly #table: string;
  readonly #answers: { at: number; newest: number }[] = [];
  #asking: Promise<void>;
  #stopped = false;

  constructor(db: QuestDb, table: string) {
    this.#db = db;
    this.#table = table;
    this.#asking = this.#ask();
  }

  /** Milliseconds of rows received between two times (microseconds), ascending. */
  async stop(from: number, to: number): Promise<Float64Array> {
    this.#stopped = true;
    await this.#asking;
    const rows = await this.#db.query<{ at: number }>(
      `SELECT cast(received_at AS LONG) AS at FROM ${this.#table} WHERE received_at >= ${from} AND received_at < ${to} ORDER BY received_at`,
    );
    const delays = new Float64Array(rows.length);
    let answer = 0;
    for (const [i, { at }] of rows.entries()) {
      while (answer < this.#answers.length && this.#answers[answer].newest < at) answer += 1;
      delays[i] = answer < this.#answers.length ? (this.#answers[answer].at - at) / 1_000 : Number.POSITIVE_INFINITY;
    }
    return delays.sort();
  }

  #newest(): number {
    return this.#answers.at(-1)?.newest ?? 0;
  }

  async #ask(): Promise<void> {
    while (!this.#stopped) {
      // The last row by event time; batches come in the order of receipt, and one is seen as a whole or not at all.
      const [row] = await this.#db.query<{ newest: number }>(
        `SELECT cast(received_at AS LONG) AS newest FROM ${this.#table} LIMIT -1`,
      );
      if (row) this.#answers.push({ at: Date.now() * 1_000, newest: Math.max(row.newest, this.#newest()) });
      await sleep(everyMs);
    }
  }
}

/** The value that this share of ascending values does not exceed. */
export function quantile(ascending: Float64Array, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))];
}
