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
  bars: number;
}

/** What a run says of rows that its window has and its frame has not. */
export interface WindowOutcome {
  window: TrainingWindow;
  bars: number;
  /** Share of the window's minutes that not every symbol could fill, and which symbols those were. */
  excludedShare: number;
  excludedWhy: string;
  skipped: { symbol: string; reason: string }[];
}

/** A symbol whose newest bar is this much older than the venue's newest would drag the common window into the past. */
const staleAfter = 30 * 86_400_000;

/** The venue asked for, or the only one that has bars. */
export async function chooseVenue(db: QuestDb, venue: string | undefined): Promise<string> {
  if (venue !== undefined) return venue;
  const venues = (await db.rows('frames/venues')).map((row) => row.venue);
  if (venues.length === 1) return venues[0];
  if (venues.length === 0) throw new UserError('There are no candles yet.', fetchCommand('blofin'));
  throw new UserError(`There are candles of several venues: ${venues.join(', ')}.`, 'Choose one with --venue NAME.');
}

/** The venue asked for, the only one there is, or, where there is nothing yet, the one that would be fetched from. */
async function venueOf(db: QuestDb, { venue, configuredVenue = 'blofin' }: WindowRequest): Promise<string> {
  if (venue !== undefined) return venue;
  const venues = await db.rows('frames/venues');
  return venues.length === 0 ? configuredVenue : chooseVenue(db, undefined);
}

/**
 * The symbols to train on, largest turnover first, and those passed over, with the reason.
 * @returns `newest`: milliseconds, the time of the venue's newest bar, or now where there is none
 */
async function chooseSymbols(db: QuestDb, venue: string, request: WindowRequest) {
  const { symbols: wanted, timeframe, bars, configured } = request;
  const rows = await db.rows('frames/symbols_by_volume', { venue, timeframe });
  const newest = rows.length === 0 ? Date.now() : Math.max(...rows.map((row) => row.last_bar.getTime()));
  const known = rows.length === 0 ? configured.slice(0, Number(wanted)) : rows.map((row) => row.symbol);
  const named = typeof wanted === 'number' ? known : wanted;
  const skipped: { symbol: string; reason: string }[] = [];
  const usable = named.filter((symbol) => {
    const row = rows.find((each) => each.symbol === symbol);
    const reason = !row
      ? 'it has no candles'
      : row.bars < bars
        ? `it has ${row.bars} candles and ${bars} are wanted`
        : newest - row.last_bar.getTime() > staleAfter
          ? `its newest candle is of ${row.last_bar.toISOString()}`
          : undefined;
    if (reason) skipped.push({ symbol, reason });
    return reason === undefined;
  });
  return { symbols: typeof wanted === 'number' ? usable.slice(0, wanted) : usable, skipped, newest };
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
  const { symbols, skipped, newest } = await chooseSymbols(db, venue, request);
  if (symbols.length === 0 || (Array.isArray(request.symbols) && skipped.length > 0)) {
    const span = `${iso(newest - bars * (length / 1000))} to ${iso(newest)}`;
    throw new UserError(
      `Training needs the last ${bars} bars of ${timeframe} of ${venue}, ${span}; they are missing for ${byReason(skipped)}.`,
      fetchCommand(venue),
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
        skipped,
        excludedShare: 1 - bars / span,
        excludedWhy: bars === span ? '' : await whyExcluded(db, window, span),
      };
    }
    if (common.bars < wanted) break;
  }
  throw new UserError(await shortage(db, { venue, symbols, timeframe, horizon, bars }), fetchCommand(venue));
}

async function whyExcluded(db: QuestDb, window: TrainingWindow, span: number): Promise<string> {
  const rows = await rowsBySymbol(db, window, window.from, window.to);
  return window.symbols.map((symbol) => `${symbol} lacks ${span - (rows.get(symbol) ?? 0)}`).join(', ');
}

async function shortage(
  db: QuestDb,
  asked: { venue: string; symbols: string[]; timeframe: Timeframe; horizon: number; bars: number },
): Promise<string> {
  const rows = await rowsBySymbol(db, asked, 0, Date.now() * 1000);
  const listed = asked.symbols.map((symbol) => `${symbol} ${rows.get(symbol) ?? 0}`).join(', ');
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
  return new Map(rows.map((row) => [row.symbol, row.rows]));
}

function fetchCommand(venue: string): string {
  const fetch = venue === 'blofin' ? './tickforest backfill, or import' : './tickforest import';
  return `Fetch them: ${fetch} candles-csv --venue ${venue} FILES; or use other symbols (--symbols) or fewer bars (--bars).`;
}

function iso(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 16)}Z`;
}

/** `A, B (it has no candles); C (…)` */
function byReason(skipped: { symbol: string; reason: string }[]): string {
  const groups = Map.groupBy(skipped, ({ reason }) => reason);
  return [...groups].map(([reason, each]) => `${each.map(({ symbol }) => symbol).join(', ')} (${reason})`).join('; ');
}
