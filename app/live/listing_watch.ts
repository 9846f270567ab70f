import { type Listing, notListed } from '#ingest/listing.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

export interface ListingChange {
  /** Listed now, or with another contract value. */
  follow: Listing[];
  /** All wanted symbols that are listed. */
  symbols: string[];
}

const everyMs = 3_600_000;

/**
 * Which of the wanted symbols the venue lists. Those it does not list are passed over with a warning and looked for again
 * every hour, since instruments come, vanish, and change their contract values.
 */
export class ListingWatch {
  readonly #rest: Pick<VenueRest, 'instruments'>;
  readonly #wanted: readonly string[];
  readonly #log: Logger;
  #listed: ReadonlyMap<string, Listing>;
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    rest: Pick<VenueRest, 'instruments'>,
    wanted: readonly string[],
    listed: Map<string, Listing>,
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

  static async open(
    rest: Pick<VenueRest, 'instruments'>,
    wanted: readonly string[],
    log: Logger,
  ): Promise<ListingWatch> {
    return new ListingWatch(rest, wanted, await rest.instruments(), log);
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

  /** Looks every hour until stopped; `changed` is called where something is different. */
  start(changed: (change: ListingChange) => void, ms: number = everyMs): void {
    this.#timer = setInterval(() => void this.#look(changed), ms);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(changed: (change: ListingChange) => void): Promise<void> {
    let now: Map<string, Listing>;
    try {
      now = await this.#rest.instruments();
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'instruments not checked; trying again in an hour');
      return;
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
  }
}
