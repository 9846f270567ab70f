import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type Parameters, Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type Timeframe } from '#lib/timeframe.ts';

/** Bars of one symbol without a hole; `first` and `last` are bar-open times. */
export interface Run {
  symbol: string;
  first: Micros;
  last: Micros;
  bars: number;
}

export interface Range {
  /** First and last bar-open time, both included. */
  since: Micros;
  until: Micros;
}

/** All times that a bar can have here: 1970 to 2200. */
export const always: Range = { since: 0, until: Date.UTC(2200, 0, 1) * 1000 };

/** The symbols of a venue that have bars in the range, by name. */
export async function symbolsOf(db: QuestDb, venue: string, timeframe: Timeframe, range: Range): Promise<string[]> {
  const parameters = { timeframe, venue, since: new Timestamp(range.since), until: new Timestamp(range.until) };
  const rows = await db.rows('features/symbols_with_bars', parameters);
  return rows.map((row) => row.symbol);
}

/**
 * The unbroken runs of complete bars within the range, by symbol and time. A run that goes on beyond the range is cut.
 * @throws UserError when the symbols are none
 */
export async function findRuns(
  db: QuestDb,
  venue: string,
  symbols: readonly string[],
  timeframe: Timeframe,
  range: Range,
): Promise<Run[]> {
  if (symbols.length === 0) throw new UserError('No symbols were given to look for bars of.', 'Name at least one.');
  const bar = barMicros(timeframe);
  const bounds = { timeframe, venue, since: new Timestamp(range.since), until: new Timestamp(range.until) };
  const find = async (
    name: 'features/bar_extents' | 'features/unbroken_runs',
    parameters: Parameters,
  ): Promise<Run[]> => {
    const rows = await db.rows(name, parameters);
    return rows.map((row) => ({
      symbol: row.symbol,
      first: micros(row.first_bar),
      last: micros(row.last_bar),
      bars: row.bars,
    }));
  };
  // Most symbols have no hole. Counting tells so in a tenth of the time that numbering the runs takes.
  const extents = await find('features/bar_extents', { ...bounds, symbols });
  const whole = extents.filter((run) => run.last - run.first === (run.bars - 1) * bar);
  const broken = extents.filter((run) => !whole.includes(run)).map((run) => run.symbol);
  const parts =
    broken.length === 0
      ? []
      : await find('features/unbroken_runs', { ...bounds, symbols: broken, bar_seconds: bar / 1e6 });
  return [...whole, ...parts].sort((a, b) =>
    a.symbol === b.symbol ? a.first - b.first : a.symbol < b.symbol ? -1 : 1,
  );
}

function micros(date: Date): Micros {
  return date.getTime() * 1000;
}
