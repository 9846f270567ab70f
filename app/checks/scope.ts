import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { type Micros, minute } from '#lib/time.ts';
import { bringCandles } from '#lib/venue.ts';
import type { RowOf } from '#sql/rows.ts';

export interface ScopeRequest {
  /** Unset: each venue that has data. */
  venue?: string;
  /** Unset: all that the venue has. */
  symbols?: readonly string[];
  /** The newest days of each venue. */
  days?: number;
  from?: Micros;
  to?: Micros;
}

/** What is checked: symbols of one venue in `[from, to)`. */
export interface Scope {
  venue: string;
  symbols: string[];
  from: Micros;
  to: Micros;
}

/** Rows of one statement at most: a list of more helps nobody. */
export const mostFindings = 1_000;

/**
 * One scope per venue.
 * @throws UserError where there is nothing to check: a check that has looked at nothing must not look like a good one
 */
export async function scopesOf(db: QuestDb, request: ScopeRequest): Promise<Scope[]> {
  await db.applied(['ticks', 'candles_1m', 'exchange_candles', 'gaps']);
  const extents = await db.rows('checks/extents');
  const asked = extents.filter(({ venue }) => request.venue === undefined || venue === request.venue);
  const bring = (venue: string | undefined) => `Bring data in: ${bringCandles(venue, request.symbols)}.`;
  if (asked.length === 0) {
    const known = [...new Set(extents.map(({ venue }) => venue))].join(', ');
    const of = request.venue === undefined ? '' : ` of ${request.venue}${known ? ` (there is ${known})` : ''}`;
    throw new UserError(`There is nothing to check: no ticks and no candles${of}.`, bring(request.venue));
  }
  const missing = (request.symbols ?? []).filter((symbol) => !asked.some((extent) => extent.symbol === symbol));
  if (missing.length > 0) {
    const [venue, ...others] = new Set(asked.map((extent) => extent.venue));
    throw new UserError(
      `There is nothing to check of ${missing.join(', ')}: no ticks and no candles.`,
      `Bring data in: ${bringCandles(others.length === 0 ? venue : undefined, missing)}.`,
    );
  }
  const venues = Object.values(Object.groupBy(asked, ({ venue }) => venue));
  const scopes = venues.flatMap((own = []) => scopeOf(own, request) ?? []);
  if (scopes.length === 0)
    throw new UserError('There is nothing to check: no ticks and no candles in that time.', 'Name another time.');
  return scopes;
}

function scopeOf(extents: RowOf<'checks/extents'>[], { symbols, days, from, to }: ScopeRequest): Scope | undefined {
  const own = extents.filter(({ symbol }) => !symbols || symbols.includes(symbol));
  const end = Math.min(to ?? Number.POSITIVE_INFINITY, Math.max(...own.map((extent) => extent.until)));
  const oldest = days === undefined ? (from ?? 0) : end - Math.round(days * 1_440) * minute;
  const start = Math.max(oldest, Math.min(...own.map((extent) => extent.since)));
  const within = own.filter((extent) => extent.since < end && extent.until > start);
  if (within.length === 0) return undefined;
  return { venue: within[0].venue, symbols: within.map(({ symbol }) => symbol), from: start, to: end };
}

/** Parameters of a statement for a part of the scope; `to` may lie beyond the data. */
export function parametersOf({ venue, symbols, from, to }: Scope) {
  return { venue, symbols, from: new Timestamp(from), to: new Timestamp(to), most: mostFindings + 1 };
}

const day = 1_440 * minute;

/** The same symbols in pieces of so many days: the whole UTC days that the scope touches. */
export function* piecesOf(scope: Scope, days: number): Generator<Scope> {
  const end = Math.ceil(scope.to / day) * day;
  for (let from = Math.floor(scope.from / day) * day; from < end; from += days * day)
    yield { ...scope, from, to: Math.min(from + days * day, end) };
}
