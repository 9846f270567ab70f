import { setHash } from '#features/catalogue.ts';
import { areCurrent } from '#features/current.ts';
import { fillFeatures } from '#features/fill.ts';
import type { TrainingWindow } from '#features/frames/training.ts';
import { fillLabels } from '#features/labels.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, requireFillable, type Timeframe } from '#lib/timeframe.ts';
import { bringCandles } from '#lib/venue.ts';
import { chooseSymbols, noCandles } from './choose_symbols.ts';
import { unusableBars } from './usable_bars.ts';

export interface WindowRequest {
  /** What to name where there is nothing at all: the configured symbols. */
  configured: readonly string[];
  /** And the configured venue. */
  configuredVenue?: string;
  /** Unset: the only venue there is. */
  venue?: string;
  timeframe: Timeframe;
  horizon: number;
  /** How many symbols, by turnover, or which. */
  symbols: number | string[];
  /** Symbols that are known not to do, and why. */
  unusable?: ReadonlyMap<string, string>;
  bars: number;
}

/** What a run says of rows that its window has and its frame has not. */
export interface WindowOutcome {
  window: TrainingWindow;
  bars: number;
  /** The market's newest bar: the window may end earlier. */
  newest: Micros;
  /** Share of the window's minutes that not every symbol could fill, and which symbols those were. */
  excludedShare: number;
  excludedWhy: string;
  skipped: { symbol: string; reason: string }[];
}

/** The venue asked for, or the only one that has bars. */
export async function chooseVenue(db: QuestDb, venue: string | undefined): Promise<string> {
  if (venue !== undefined) return venue;
  const venues = (await db.rows('frames/venues')).map((row) => row.venue);
  if (venues.length === 1) return venues[0];
  if (venues.length === 0) throw new UserError('There are no candles yet.', `Fetch some: ${bringCandles()}.`);
  throw new UserError(`There are candles of several venues: ${venues.join(', ')}.`, 'Choose one with --venue NAME.');
}

/** The venue asked for, the only one there is, or, where there is nothing yet, the one that would be fetched from. */
export async function venueOf(db: QuestDb, { venue, configuredVenue = 'blofin' }: WindowRequest): Promise<string> {
  if (venue !== undefined) return venue;
  const venues = await db.rows('frames/venues');
  return venues.length === 0 ? configuredVenue : chooseVenue(db, undefined);
}

/**
 * Finds the last `bars` bars that every symbol has, with features and labels filled for them.
 * @throws UserError that names the symbols, the window and the command that would fetch what is missing
 */
export async function prepareWindow(
  db: QuestDb,
  request: WindowRequest,
  onProgress: (what: string, done: number, total: number) => void = () => {},
): Promise<WindowOutcome> {
  const { timeframe, horizon, bars } = request;
  requireFillable(timeframe);
  const length = barMicros(timeframe);
  const venue = await venueOf(db, request);
  if (timeframe !== '1m') await viewsCurrent(db);
  const { symbols, skipped, newest = Date.now() * 1000 } = await chooseSymbols(db, { ...request, venue });
  if (symbols.length === 0 || (Array.isArray(request.symbols) && skipped.length > 0)) {
    const nothing = request.configured
      .slice(0, Number(request.symbols))
      .map((symbol) => ({ symbol, reason: noCandles }));
    const span = `${iso(newest - bars * length)} to ${iso(newest)}`;
    throw new UserError(
      `Training needs the last ${bars} bars of ${timeframe} of ${venue}, ${span}; they are missing for ${byReason(skipped.length > 0 ? skipped : nothing)}.`,
      remedy({ ...request, venue }),
    );
  }
  const parameters = { venue, symbols, symbol_count: symbols.length };
  // A hole costs more bars than it is long, for features need a warm-up after it: look further back until enough are left.
  for (const margin of [600, bars + 600, 4 * bars]) {
    const wanted = bars + horizon + 1 + margin;
    const [common] = await db.rows('frames/common_candles', { ...parameters, timeframe, bars: wanted });
    if (!common.first_bar || !common.last_bar) break;
    const from = common.first_bar.getTime() * 1000;
    const last = common.last_bar.getTime() * 1000;
    if (!(await areCurrent(db, { venue, timeframe, symbols, from, to: last })))
      await fillFeatures(db, { venue, timeframe, symbols, from, onlyMissing: true }, (done, total) =>
        onProgress('features', done, total),
      );
    await fillLabels(db, { venue, timeframe, horizon, symbols, from }, (done, total) =>
      onProgress('labels', done, total),
    );
    const since = new Timestamp(from);
    const [rows] = await db.rows('frames/common_rows', {
      ...parameters,
      horizon,
      timeframe,
      set_hash: setHash(timeframe),
      since,
      bars,
    });
    if (rows.bars === bars) {
      const window = {
        venue,
        timeframe,
        horizon,
        symbols,
        from: rows.first_bar!.getTime() * 1000,
        to: rows.last_bar!.getTime() * 1000,
      };
      const span = (window.to - window.from) / length + 1;
      return {
        window,
        bars,
        newest,
        skipped,
        excludedShare: 1 - bars / span,
        excludedWhy: bars === span ? '' : await whyExcluded(db, window, span),
      };
    }
    if (common.bars < wanted) break;
  }
  throw new UserError(await shortage(db, { venue, symbols, timeframe, horizon, bars }), remedy({ ...request, venue }));
}

async function whyExcluded(db: QuestDb, window: TrainingWindow, span: number): Promise<string> {
  const rows = await rowsBySymbol(db, window, window.from, window.to);
  return window.symbols.map((symbol) => `${symbol} lacks ${span - (rows.get(symbol)?.rows ?? 0)}`).join(', ');
}

async function shortage(
  db: QuestDb,
  asked: { venue: string; symbols: string[]; timeframe: Timeframe; horizon: number; bars: number },
): Promise<string> {
  const rows = await rowsBySymbol(db, asked, 0, Date.now() * 1000);
  const of = (symbol: string) => {
    const row = rows.get(symbol);
    return row
      ? `${symbol} ${row.rows} (${iso(row.first_bar.getTime() * 1000)} to ${iso(row.last_bar.getTime() * 1000)})`
      : `${symbol} 0`;
  };
  const listed = asked.symbols.map(of).join(', ');
  return `Training needs ${asked.bars} bars of ${asked.timeframe} that all of its symbols of ${asked.venue} have in common with features and labels; usable bars, each on its own: ${listed}.`;
}

async function rowsBySymbol(
  db: QuestDb,
  asked: { venue: string; symbols: string[]; timeframe: Timeframe; horizon: number },
  since: Micros,
  until: Micros,
) {
  const rows = await db.rows('frames/rows_by_symbol', {
    venue: asked.venue,
    symbols: asked.symbols,
    timeframe: asked.timeframe,
    set_hash: setHash(asked.timeframe),
    horizon: asked.horizon,
    since: new Timestamp(since),
    until: new Timestamp(until),
  });
  return new Map(rows.map((row) => [row.symbol, row]));
}

/** What brings in as much as a window needs, with what has to stand before and after it. */
function remedy({
  venue,
  timeframe,
  horizon,
  bars,
}: {
  venue: string;
  timeframe: Timeframe;
  horizon: number;
  bars: number;
}) {
  const { before, after } = unusableBars(timeframe, horizon);
  const days = Math.ceil(((bars + before + after) * barMicros(timeframe)) / 86_400_000_000) + 1;
  return `Fetch them: ${bringCandles(venue)}, of ${days} days or more; or use other symbols (--symbols) or fewer bars (--bars).`;
}

function iso(ts: Micros): string {
  return `${new Date(ts / 1000).toISOString().slice(0, 16)}Z`;
}

/** `A, B (it has no candles); C (…)` */
function byReason(skipped: { symbol: string; reason: string }[]): string {
  const groups = Map.groupBy(skipped, ({ reason }) => reason);
  return [...groups].map(([reason, each]) => `${each.map(({ symbol }) => symbol).join(', ')} (${reason})`).join('; ');
}
