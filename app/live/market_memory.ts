import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Listing } from '#ingest/listing.ts';
import type { Origin } from '#ingest/origin.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

/** Contract values change: a listing older than this is none. */
const longestMs = 7 * 86_400_000;

const schema = z.strictObject({
  at: z.number(),
  restUrl: z.string(),
  origin: z.strictObject({ venue: z.string(), kind: z.enum(['live', 'recording', 'simulated']) }),
  listings: z.array(
    z.looseObject({
      symbol: z.string(),
      instId: z.string(),
      power: z.number(),
      unit: z.strictObject({ digits: z.number(), exponent: z.number() }),
    }),
  ),
});

export interface KnownMarket {
  origin: Origin;
  listed: Map<string, Listing>;
  /** Whether the exchange has just said it, and not some time ago. */
  fresh: boolean;
}

/**
 * What an exchange last said over REST of its market, kept in the data directory: a stream that works need not wait for a
 * REST side that does not, or that has suspended us. Nothing is made up: without it, or where it is a week old, REST decides.
 */
export class MarketMemory {
  readonly #file: string;
  readonly #restUrl: string;

  constructor(dataDir: string, restUrl: string) {
    this.#file = join(dataDir, 'market.json');
    this.#restUrl = restUrl;
  }

  /** Asks the exchange. @throws what REST has failed with, where nothing is remembered */
  async ask(rest: Pick<VenueRest, 'origin' | 'instruments'>, log: Logger): Promise<KnownMarket> {
    try {
      const origin = await rest.origin();
      return { origin, listed: await rest.instruments(), fresh: true };
    } catch (error) {
      const known = this.read();
      if (!known) throw error;
      const at = new Date(known.at).toISOString();
      log.warn({ reason: reasonOf(error), at }, 'REST does not answer: the feed starts from the last known listing');
      return { ...known, fresh: false };
    }
  }

  /** A full disk is no reason not to follow the market: only a later start may miss this. */
  keep(origin: Origin, listed: ReadonlyMap<string, Listing>, log: Logger): void {
    const text = JSON.stringify({ at: Date.now(), restUrl: this.#restUrl, origin, listings: [...listed.values()] });
    const written = `${this.#file}.${process.pid}`;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(written, text);
      renameSync(written, this.#file);
    } catch (error) {
      log.warn({ file: this.#file, reason: reasonOf(error) }, 'the listing of the exchange could not be kept');
    }
  }

  /** Undefined where it does not know this exchange, or not any more. */
  read(): { at: number; origin: Origin; listed: Map<string, Listing> } | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const { at, restUrl, origin, listings } = schema.parse(JSON.parse(text));
    if (restUrl !== this.#restUrl || Date.now() - at > longestMs) return undefined;
    return { at, origin, listed: new Map(listings.map((listing) => [listing.symbol, listing])) };
  }
}
