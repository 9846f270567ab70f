import { UserError } from '#lib/errors.ts';
import { type Decimal, multiply, parseDecimal } from './decimal.ts';

/** One perpetual of a venue under our name for it. */
export interface Listing {
  /** `PEPE-USDT`, whatever the venue calls it. */
  symbol: string;
  /** The venue's own name: `1000PEPE-USDT`, `1000PEPEUSDT`. */
  instId: string;
  /** The venue's price is of 10^`power` coins: 3 for `1000PEPE-USDT`. */
  power: number;
  /** Base coin in one unit of the venue's sizes. It changes over time: always load it. */
  unit: Decimal;
}

/**
 * Low-priced coins are listed by the thousand or million: `1000PEPE`, `1000000MOG`, `1MBABYDOGE`.
 * @returns the coin, and the power of ten of it that the venue's price is of
 */
export function coinOf(base: string): { coin: string; power: number } {
  const match = /^(10{3,8}|1M)([A-Z][A-Z0-9]*)$/.exec(base);
  if (!match) return { coin: base, power: 0 };
  return { coin: match[2], power: match[1] === '1M' ? 6 : match[1].length - 1 };
}

/** What a venue lists, by our names, and beside it the pairs that cannot be read. */
export class Instruments<L extends Listing> extends Map<string, L> {
  /** Why a pair cannot be followed though it is listed, in a sentence, by our name for it. */
  readonly unreadable = new Map<string, string>();
}

/** A listed pair that cannot be read, and why. */
export interface Unreadable {
  symbol: string;
  unreadable: string;
}

/**
 * Listings by our name. Where a venue lists a coin both plainly and by the thousand, the plain one has the name. What
 * cannot be read keeps no other pair from being followed: whoever asks for it by name is told why, see `listingsOf`.
 */
export function bySymbol<L extends Listing>(listings: Iterable<L | Unreadable>): Instruments<L> {
  const named = new Instruments<L>();
  for (const listing of listings) {
    if ('unreadable' in listing) {
      named.unreadable.set(listing.symbol, listing.unreadable);
      continue;
    }
    const known = named.get(listing.symbol);
    if (!known || known.power > listing.power) named.set(listing.symbol, listing);
  }
  return named;
}

/** `contractValue` (decimal text, of the venue's base) times 10^`power`: what one contract holds of the coin. */
export function unitOf(contractValue: string, power: number): Decimal {
  const { digits, exponent } = parseDecimal(contractValue);
  return { digits, exponent: exponent + power };
}

/** A size in the venue's units (decimal text) in base coin: the double nearest to the exact decimal product. */
export function toBase(size: string, { unit }: Listing): number {
  return multiply(size, unit);
}

/** A venue's price, for one coin: the double nearest to the exact quotient. */
export function perCoin(price: number, { power }: Pick<Listing, 'power'>): number {
  return power === 0 ? price : multiply(String(price), { digits: 1, exponent: -power });
}

/** That these symbols, which are not among the listings, are not listed, or why they cannot be read; as sentences. */
export function notListed(symbols: readonly string[], listed: ReadonlyMap<string, Listing>): string {
  const unreadable = listed instanceof Instruments ? listed.unreadable : new Map<string, string>();
  const unknown = symbols.filter((symbol) => !unreadable.has(symbol));
  return [
    ...(unknown.length > 0 ? [`The exchange does not list ${unknown.join(', ')}.`] : []),
    ...symbols.flatMap((symbol) => unreadable.get(symbol) ?? []),
  ].join(' ');
}

/**
 * The listings of these symbols.
 * @throws UserError that names the symbols that the exchange does not list, or lists in a way that cannot be read
 */
export function listingsOf<L extends Listing>(symbols: readonly string[], listed: ReadonlyMap<string, L>): L[] {
  const unknown = symbols.filter((symbol) => !listed.has(symbol));
  if (unknown.length > 0) {
    throw new UserError(
      notListed(unknown, listed),
      `Leave it out of --symbols and market.symbols, and choose among the ${listed.size} others, such as ${[...listed.keys()].slice(0, 5).join(', ')}.`,
    );
  }
  return symbols.map((symbol) => listed.get(symbol)!);
}
