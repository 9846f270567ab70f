import type { GapLedger } from '#ingest/gaps/ledger.ts';
import type { TickWriter } from '#ingest/store/writer.ts';
import type { MinuteRange } from '#lib/time.ts';

/**
 * Hands minutes to the closer, in order, each as soon as what is known of it is stored: the ticks taken until now, and the
 * gaps. The ticks that follow do not wait for that, so that an outage of QuestDB does not reach the feed.
 */
export class CloseWhenStored {
  readonly #writer: TickWriter;
  readonly #ledger: GapLedger;
  readonly #close: (ranges: MinuteRange[]) => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;

  constructor(writer: TickWriter, ledger: GapLedger, close: (ranges: MinuteRange[]) => Promise<void>) {
    this.#writer = writer;
    this.#ledger = ledger;
    this.#close = close;
  }

  /** Returns at once. @throws what an earlier request has failed with */
  add(ranges: MinuteRange[]): void {
    if (this.#failure) throw this.#failure.error;
    if (ranges.length === 0) return;
    const stored = this.#writer.flush();
    const work = async () => {
      await stored;
      await this.#ledger.flush();
      await this.#close(ranges);
    };
    this.#last = Promise.all([this.#last, stored])
      .then(work)
      .catch((error) => {
        this.#failure ??= { error };
      });
  }

  /** Resolves when every request is taken. @throws what one has failed with */
  async settle(): Promise<void> {
    await this.#last;
    if (this.#failure) throw this.#failure.error;
  }
}
