import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { MinuteRange } from '#lib/time.ts';

/**
 * Requests to close minutes, kept until the queue has taken them, so that an outage of Redis neither holds up the ticks nor
 * loses a minute.
 */
export class CloseRequests {
  readonly #send: (ranges: MinuteRange[]) => Promise<void>;
  readonly #log: Logger;
  #waiting: MinuteRange[] = [];
  #sending: Promise<void> | undefined;

  constructor(send: (ranges: MinuteRange[]) => Promise<void>, log: Logger) {
    this.#send = send;
    this.#log = log;
  }

  /** Minutes-ranges not yet taken. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Returns at once. */
  add(ranges: MinuteRange[]): void {
    this.#waiting.push(...ranges);
    this.#sending ??= this.#work().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Waits until everything is taken, for so long. What is left is closed by the schedule. */
  async settle(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (this.#waiting.length > 0 && Date.now() < deadline) await sleep(50);
    if (this.#waiting.length > 0)
      this.#log.warn({ ranges: this.#waiting.length }, 'minutes left for the schedule to close');
    this.#waiting = [];
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = [...this.#waiting];
      try {
        await this.#send(batch);
        this.#waiting.splice(0, batch.length);
      } catch (error) {
        this.#log.warn(
          { reason: reasonOf(error), ranges: batch.length },
          'request to close minutes not taken; trying again',
        );
        await sleep(1_000);
      }
    }
  }
}
