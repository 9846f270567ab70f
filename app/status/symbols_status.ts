import { marketNow } from '#jobs/candles/freshness.ts';
import type { ActiveMarket, FeedState } from '#jobs/live_state.ts';
import type { Config } from '#lib/config.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';

export interface SymbolStatus {
  symbol: string;
  /** Age of the newest tick on the market's clock, as the feed says it; null when none came. */
  tick_age_seconds: number | null;
  /** The same of its newest trade and its newest quote. */
  trade_age_seconds: number | null;
  quote_age_seconds: number | null;
  candle_age_seconds: number | null;
  /** Receive time less event time of the newest tick; a sender's clock that runs ahead makes it negative. */
  lag_ms: number | null;
  /** Ticks a second over the last minute. */
  rate_per_second: number | null;
  /** Of the last 30 days of the market: spells whose end has not been seen, that wait for healing, and that were healed. */
  gaps: { open: number; unhealed: number; healed: number };
  /** Nothing comes at all. */
  stale: boolean;
  /** The stream that has stopped though the other one goes on. A symbol that trades seldom has not stopped. */
  stopped: 'trades' | 'quotes' | null;
}

const gapDays = 30;

/** The feed's own word on its symbols, which is younger than the measurement of the minute, beside that and the ledger. */
export async function symbolsStatus(
  db: QuestDb,
  market: ActiveMarket,
  feed: FeedState | undefined,
  config: Config,
): Promise<SymbolStatus[]> {
  const { venue } = market;
  const measured = await db.rows('freshness/newest', { venue });
  const pulses = feed?.symbols ?? {};
  const newest = Object.values(pulses).map((pulse) => pulse.newest);
  const now =
    market.clock === 'wall'
      ? Date.now() * 1000
      : newest.length > 0
        ? Math.max(...newest)
        : await marketNow(db, venue, 'market');
  const after = new Timestamp(Math.max(0, Math.round(now - gapDays * 86_400e6)));
  const gaps = await db.rows('gaps/by_symbol', { venue, after });
  return market.symbols.map((symbol) => {
    const pulse = pulses[symbol];
    const ageOf = (ts: number | null | undefined) => (typeof ts === 'number' ? Math.max(0, (now - ts) / 1e6) : null);
    const [age, tradeAge, quoteAge] = [ageOf(pulse?.newest), ageOf(pulse?.trade), ageOf(pulse?.quote)];
    const limit = config.ingest.staleSeconds;
    const stale = age === null || age > limit;
    const { open = 0, unhealed = 0, healed = 0 } = gaps.find((each) => each.symbol === symbol) ?? {};
    return {
      symbol,
      tick_age_seconds: age,
      ...{ trade_age_seconds: tradeAge, quote_age_seconds: quoteAge },
      candle_age_seconds: measured.find((each) => each.symbol === symbol)?.candle_age_seconds ?? null,
      lag_ms: pulse?.lag_ms ?? null,
      rate_per_second: pulse?.rate ?? null,
      gaps: { open, unhealed, healed },
      stale,
      stopped: stale ? null : stoppedOf(tradeAge, quoteAge, limit, pulse?.trades_quiet_seconds ?? null),
    };
  });
}

/** Of a symbol that is not stale: one stream is younger than the limit, and the other one may have stopped. */
function stoppedOf(
  tradeAge: number | null,
  quoteAge: number | null,
  limit: number,
  quiet: number | null,
): SymbolStatus['stopped'] {
  if (quoteAge === null || quoteAge > limit) return 'quotes';
  return tradeAge !== null && quiet !== null && tradeAge > Math.max(limit, quiet) ? 'trades' : null;
}
