import { type Instruments, type Listing, listingsOf } from '#ingest/listing.ts';
import type { Origin } from '#ingest/origin.ts';
import type { Logger } from '#lib/log.ts';

/** What a venue lists, by our names, and whose market the server shows. */
export interface Listed<L extends Listing> {
  instruments: Instruments<L>;
  origin: Origin;
}

/** Asks a venue what it lists, and remembers the last answer; a failure is not remembered. */
export class Listings<L extends Listing> {
  readonly #fetch: () => Promise<Listed<L>>;
  readonly #log: Logger;
  /** Pairs that were warned of: the list is asked for again and again. */
  readonly #warned = new Set<string>();
  #last: Promise<Listed<L>> | undefined;

  constructor(fetch: () => Promise<Listed<L>>, log: Logger) {
    this.#fetch = fetch;
    this.#log = log;
  }

  /** Asks anew: instruments vanish, and contract values change. */
  async ask(): Promise<Map<string, L>> {
    const asked = this.#fetch().catch((error) => {
      if (this.#last === asked) this.#last = undefined;
      throw error;
    });
    this.#last = asked;
    const { instruments } = await asked;
    this.#warn(instruments);
    return instruments;
  }

  /** The last answer; asks where there is none. */
  async last(): Promise<Listed<L>> {
    if (!this.#last) await this.ask();
    return this.#last!;
  }

  #warn({ unreadable }: Instruments<L>): void {
    const news = [...unreadable].filter(([symbol]) => !this.#warned.has(symbol));
    if (news.length === 0) return;
    for (const [symbol] of news) this.#warned.add(symbol);
    this.#log.warn({ pairs: Object.fromEntries(news) }, 'listed pairs that cannot be read; they count as not listed');
  }

  /** @throws UserError when the venue does not list the symbol */
  async of(symbol: string): Promise<L> {
    return listingsOf([symbol], (await this.last()).instruments)[0];
  }
}
