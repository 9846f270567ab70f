import { type Listing, notListed } from '#ingest/listing.ts';
import { pause } from '#ingest/transport/pause.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

export interface ListingChange {
  /** Listed now, or with another contract value. */
  follow: Listing[];
  /** All wanted symbols that are listed. */
  symbols: string[];
}

/** Between two looks: after one that has succeeded, and after one that has not. */
const waits = { everyMs: 3_600_000, againMs: 60_000 };

/**
 * Which of the wanted symbols the venue lists. Those it does not list are passed over with a warning and looked for again
 * every hour, since instruments come, vanish, and change their contract values.
 */
export class ListingWatch {
  readonly #rest: Pick<VenueRest, 'instruments'>;
  readonly #stopped = new AbortController();
  readonly #wanted: readonly string[];
  readonly #log: Logger;
  #listed: ReadonlyMap<string, Listing>;

  constructor(
    rest: Pick<VenueRest, 'instruments'>,
    wanted: readonly string[],
    listed: ReadonlyMap<string, Listing>,
    log: Logger,
  ) {
    this.#rest = rest;
    this.#wanted = [...new Set(wanted)];
    this.#listed = listed;
    this.#log = log;
    for (const symbol of this.skipped)
      this.#log.warn(
        { symbol, reason: notListed([symbol], listed) },
        'the exchange does not list this symbol; passed over, and looked for again every hour',
      );
  }

  get listed(): ReadonlyMap<string, Listing> {
    return this.#listed;
  }

  /** Wanted symbols that are listed. */
  get symbols(): string[] {
    return this.#wanted.filter((symbol) => this.#listed.has(symbol));
  }

  /** Wanted symbols that are not. */
  get skipped(): string[] {
    return this.#wanted.filter((symbol) => !this.#listed.has(symbol));
  }

  /**
   * Looks every hour until stopped, every minute while the exchange does not answer; `changed` is called where something is
   * different.
   * @param fresh whether what is known was said just now, so that the first look may wait
   */
  start(changed: (change: ListingChange) => void, fresh = true, { everyMs, againMs } = waits): void {
    const { signal } = this.#stopped;
    const keepLooking = async () => {
      for (let wait = fresh ? everyMs : againMs; !signal.aborted; ) {
        await pause(wait, signal);
        if (!signal.aborted) wait = (await this.#look(changed)) ? everyMs : againMs;
      }
    };
    void keepLooking();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** @returns whether the exchange has answered */
  async #look(changed: (change: ListingChange) => void): Promise<boolean> {
    let now: Map<string, Listing>;
    try {
      now = await this.#rest.instruments();
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'instruments not checked; trying again in a minute');
      return false;
    }
    const before = this.#listed;
    this.#listed = now;
    const follow: Listing[] = [];
    let gone = false;
    for (const symbol of this.#wanted) {
      const [old, current] = [before.get(symbol), now.get(symbol)];
      if (current && !old) this.#log.info({ symbol }, 'the exchange lists this symbol now');
      if (old && !current) this.#log.warn({ symbol }, 'the exchange does not list this symbol any more; passed over');
      if (current && JSON.stringify(current) !== JSON.stringify(old)) follow.push(current);
      gone ||= Boolean(old) && !current;
    }
    if (follow.length > 0 || gone) changed({ follow, symbols: this.symbols });
    return true;
  }
}
