import { type Listing, listingsOf } from '#ingest/listing.ts';
import type { Origin } from '#ingest/origin.ts';

/** What a venue lists, by our names, and whose market the server shows. */
export interface Listed<L extends Listing> {
  instruments: Map<string, L>;
  origin: Origin;
}

/** Asks a venue what it lists, and remembers the last answer; a failure is not remembered. */
export class Listings<L extends Listing> {
  readonly #fetch: () => Promise<Listed<L>>;
  #last: Promise<Listed<L>> | undefined;

  constructor(fetch: () => Promise<Listed<L>>) {
    this.#fetch = fetch;
  }

  /** Asks anew: instruments vanish, and contract values change. */
  async ask(): Promise<Map<string, L>> {
    const asked = this.#fetch().catch((error) => {
      if (this.#last === asked) this.#last = undefined;
      throw error;
    });
    this.#last = asked;
    return (await asked).instruments;
  }

  /** The last answer; asks where there is none. */
  async last(): Promise<Listed<L>> {
    if (!this.#last) await this.ask();
    return this.#last!;
  }

  /** @throws UserError when the venue does not list the symbol */
  async of(symbol: string): Promise<L> {
    return listingsOf([symbol], (await this.last()).instruments)[0];
  }
}
