import type { GapEvent, GapSink } from '#ingest/gaps/events.ts';
import type { TickWriter } from './writer.ts';

/**
 * The way of gap events through the writer, in order among the ticks: what tells of a gap is then as safe as the ticks
 * around it, and a process that dies in an outage does not take the ledger's memory with it.
 */
export class SpooledGaps implements GapSink {
  readonly #writer: TickWriter;
  readonly #venue: string;
  #waiting = 0;

  constructor(writer: TickWriter, venue: string) {
    this.#writer = writer;
    this.#venue = venue;
  }

  get waiting(): number {
    return this.#waiting;
  }

  add(event: GapEvent): Promise<void> | undefined {
    this.#waiting += 1;
    return this.#writer.gap({ ...event, venue: this.#venue });
  }

  async flush(): Promise<void> {
    const taken = this.#waiting;
    await this.#writer.flush();
    this.#waiting -= taken;
  }
}
