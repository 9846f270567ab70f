import type { RejectedRow } from '#ingest/feed.ts';
import type { Logger } from '#lib/log.ts';
import type { TickWriter } from './writer.ts';

/** Rows kept of one minute: a source that sends the same nonsense all day must fill neither the table nor the log. */
const keptPerMinute = 1_000;

/** The way of refused rows into their table, and of the first one of each kind into the log. */
export class Rejections {
  readonly #writer: TickWriter;
  readonly #log: Logger;
  #minute = 0;
  #kept = 0;

  constructor(writer: TickWriter, log: Logger) {
    this.#writer = writer;
    this.#log = log;
  }

  /** Returns a promise to wait for when the writer has too much. */
  take(row: RejectedRow, first: boolean): Promise<void> | undefined {
    const { reason, symbol, raw, receivedAt } = row;
    if (first)
      this.#log.warn(
        { reason, symbol, raw: raw.slice(0, 500) },
        'frame rejected; further ones of this kind are only counted, and are in the table rejected_ticks',
      );
    const minute = Math.floor(receivedAt / 60e6);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#kept = 0;
    }
    this.#kept += 1;
    return this.#kept <= keptPerMinute ? this.#writer.reject(row) : undefined;
  }
}
