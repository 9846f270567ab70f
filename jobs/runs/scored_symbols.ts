import type { StoredRun } from '#jobs/train/run.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import type { Micros } from '#lib/time.ts';
import { bringCandles } from '#lib/venue.ts';

/** On which bars a run is to be scored; what is left open is as in the run. */
export interface ScoreRequest {
  venue?: string;
  symbols?: string[];
  /** Open times of the first and the last bar, microseconds; all that are new to the run unless given. */
  from?: Micros;
  to?: Micros;
}

export interface ScoredSymbols {
  venue: string;
  symbols: string[];
  /** The newest bar of any of them. */
  newest: Micros;
  skipped: { symbol: string; reason: string }[];
}

/**
 * The symbols asked for, or those of the run's own that have bars which are new to it.
 * @throws UserError when a symbol that was named has no such bar, or none has
 */
export async function scoredSymbols(
  db: QuestDb,
  run: Pick<StoredRun, 'run_id' | 'venue' | 'timeframe' | 'symbols'>,
  unseen: Micros,
  request: ScoreRequest,
): Promise<ScoredSymbols> {
  const { venue = run.venue } = request;
  const { timeframe } = run;
  const named = [...new Set(request.symbols ?? run.symbols)];
  const first = Math.max(unseen, request.from ?? 0);
  if (timeframe !== '1m') await viewsCurrent(db);
  const rows = await db.rows('frames/symbols_by_volume', { venue, timeframe });
  const lastOf = new Map(rows.map((row) => [row.symbol, row.last_bar.getTime() * 1000]));
  const skipped = named.flatMap((symbol) => {
    const last = lastOf.get(symbol);
    if (last === undefined) return [{ symbol, reason: 'it has no candles' }];
    return last < first ? [{ symbol, reason: `its candles end at ${iso(last)}` }] : [];
  });
  const symbols = named.filter((symbol) => !skipped.some((each) => each.symbol === symbol));
  if (symbols.length === 0 || (request.symbols && skipped.length > 0)) {
    const why = skipped.map(({ symbol, reason }) => `${symbol} (${reason})`).join(', ');
    throw new UserError(
      `Run ${run.run_id} needs ${timeframe} bars of ${venue} from ${iso(first)} on; they are missing for ${why}.`,
      `Fetch them: ${bringCandles(venue)}; or name other symbols with --symbols.`,
    );
  }
  return { venue, symbols, newest: Math.max(...symbols.map((symbol) => lastOf.get(symbol)!)), skipped };
}

function iso(ts: Micros): string {
  return `${new Date(ts / 1000).toISOString().slice(0, 16)}Z`;
}
