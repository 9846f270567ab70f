import type { ExchangeCandle } from '#ingest/feed.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import { reasonOf } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { type Micros, minute } from '#lib/time.ts';
import type { RowOf } from '#sql/rows.ts';
import { add, type Checked, iso } from './finding.ts';
import type { Scope } from './scope.ts';

/** Symbols and newest bars of each that are compared: one request a symbol, of a budget that the feed needs too. */
const sample = { symbols: 5, bars: 4 };
/** Bars are taken from so far back, and are so old at least, since an exchange may state the last one late. */
const window = { reach: 60 * minute, age: 2 * minute };

const prices = ['open', 'high', 'low', 'close'] as const;

/**
 * Compares a sample of the newest bars that say they are whole with what the exchange says of them now: what nobody has
 * noticed is in no gap, and in no candle that was fetched to heal one. An exchange that cannot be asked is noted.
 * @param rest undefined where the venue has no API to ask
 * @param now in microseconds
 */
export async function checkExchangeBars(
  db: QuestDb,
  rest: Pick<VenueRest, 'origin' | 'history'> | undefined,
  scope: Scope,
  checked: Checked,
  now: Micros = Date.now() * 1_000,
): Promise<void> {
  const { venue } = scope;
  const name = 'bars against the exchange, asked now';
  checked.looked[name] = 0;
  const samples = new Map<string, RowOf<'checks/newest_whole'>[]>();
  for (const symbol of spread(scope.symbols, sample.symbols)) {
    const to = Math.min(scope.to, now - window.age);
    const from = Math.max(scope.from, now - window.reach);
    if (from >= to) break;
    const range = { from: new Timestamp(from), to: new Timestamp(to) };
    const bars = await db.rows('checks/newest_whole', { venue, symbol, ...range, most: sample.bars });
    if (bars.length > 0) samples.set(symbol, bars);
  }
  if (samples.size === 0) {
    checked.notes.push('no complete bars of the last hour: none compared with what the exchange says now');
    return;
  }
  try {
    if (!rest || (await rest.origin()).venue !== venue) throw new Error(`no exchange shows the market of ${venue}`);
    for (const [symbol, bars] of samples) {
      const stated = await statedOf(rest, symbol, bars);
      const pairs = bars.flatMap((bar) => (stated.has(bar.ts) ? [{ bar, exchange: stated.get(bar.ts)! }] : []));
      checked.looked[name] += pairs.length;
      if (pairs.length < bars.length)
        checked.notes.push(`the exchange has ${pairs.length} of ${bars.length} sampled bars of ${symbol}`);
      const wrong = pairs.filter(({ bar, exchange }) => differences(bar, exchange).length > 0);
      add(checked, wrong, ({ bar, exchange }) => ({
        what: 'bar says it is complete, and is not as the exchange states it now',
        ...{ symbol, from: iso(bar.ts), to: iso(bar.ts + minute) },
        detail: differences(bar, exchange).join('; '),
      }));
    }
  } catch (error) {
    checked.notes.push(`the exchange could not be asked: ${reasonOf(error).replace(/\.$/, '')}`);
  }
}

async function statedOf(rest: Pick<VenueRest, 'history'>, symbol: string, bars: readonly { ts: Micros }[]) {
  const stated = new Map<Micros, ExchangeCandle>();
  const times = bars.map(({ ts }) => ts);
  const range = { from: Math.min(...times), to: Math.max(...times) + minute };
  for await (const page of rest.history({ symbol, ...range })) for (const candle of page) stated.set(candle.ts, candle);
  return stated;
}

/** As in `checks/against_exchange`: exchanges round, and their prices of a minute without a trade are of the one before. */
function differences(bar: RowOf<'checks/newest_whole'>, exchange: ExchangeCandle): string[] {
  const names = bar.trades > 0 ? [...prices, 'volume' as const] : ['volume' as const];
  return names
    .filter((name) => differs(bar[name], exchange[name], name === 'volume' ? 1e-6 : 1e-9))
    .map((name) => `${name} ${bar[name]}, exchange ${exchange[name]}`);
}

function differs(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) > tolerance * Math.max(Math.abs(a), Math.abs(b));
}

/** So many of them, evenly spread. */
function spread<T>(items: readonly T[], most: number): T[] {
  const step = Math.max(1, items.length / most);
  return Array.from({ length: Math.min(most, items.length) }, (_, i) => items[Math.floor(i * step)]);
}
