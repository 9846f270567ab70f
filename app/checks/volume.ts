import type { QuestDb } from '#lib/questdb/database.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import { minute } from '#lib/time.ts';
import { add, begin, type Checked, iso } from './finding.ts';
import { parametersOf, piecesOf, type Scope } from './scope.ts';

const measures = ['open', 'high', 'low', 'close', 'volume'] as const;

/** Views over `candles_1m`: their name's end, and how long a bar is. */
export const coarser = [
  { timeframe: '5m', minutes: 5 },
  { timeframe: '15m', minutes: 15 },
  { timeframe: '1h', minutes: 60 },
  { timeframe: '4h', minutes: 240 },
  { timeframe: '1d', minutes: 1_440 },
] as const;

/** Days in one statement: ticks are many more than bars. */
const pieces = { ticks: 1, bars: 31 };

/**
 * Follows what was traded up: sizes of ticks = one-minute bars = coarser bars, and bars of our own ticks = the exchange's
 * own bars. Looks at whole UTC days, which are the longest bars.
 */
export async function checkVolume(db: QuestDb, scope: Scope): Promise<Checked> {
  await viewsCurrent(db);
  const checked = begin(scope);
  const counts = await count(db, scope);
  if (counts.of_ticks > 0) for (const piece of piecesOf(scope, pieces.ticks)) await checkTicks(db, piece, checked);
  for (const piece of piecesOf(scope, pieces.bars)) {
    for (const { timeframe, minutes } of coarser) await checkCoarser(db, piece, checked, timeframe, minutes);
    if (counts.stated > 0) await checkAgainstExchange(db, piece, checked);
  }
  checked.looked = {
    'one-minute bars': counts.bars,
    'bars against their ticks': counts.of_ticks,
    'bars against the exchange’s own': counts.stated,
  };
  if (counts.of_ticks === 0) checked.notes.push('no bars of complete ticks: volume checked from 1m up');
  else if (counts.stated === 0) checked.notes.push('no bars of the exchange for minutes of complete ticks');
  if (counts.partial > 0) checked.notes.push(`${counts.partial} partial bars not compared: see check gaps`);
  return checked;
}

async function count(db: QuestDb, scope: Scope) {
  const total = { bars: 0, of_ticks: 0, partial: 0, stated: 0 };
  for (const piece of piecesOf(scope, pieces.bars)) {
    const { most: _, ...parameters } = parametersOf(piece);
    const [row] = await db.rows('checks/bar_counts', parameters);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += row[name] ?? 0;
  }
  return total;
}

async function checkTicks(db: QuestDb, piece: Scope, checked: Checked): Promise<void> {
  add(checked, await db.rows('checks/volume_of_ticks', parametersOf(piece)), ({ symbol, ts, ticks, bar }) => ({
    what: bar === null ? 'traded, but there is no bar' : 'volume of 1m is not that of its ticks',
    ...{ symbol, from: iso(ts), to: iso(ts + minute) },
    detail: bar === null ? `ticks ${ticks}` : `bar ${bar}, ticks ${ticks}`,
  }));
}

/** @param timeframe the end of the view's name */
export async function checkCoarser(
  db: QuestDb,
  piece: Scope,
  checked: Checked,
  timeframe: string,
  minutes: number,
): Promise<void> {
  const unit = `${minutes}m`;
  const rows = await db.rows('checks/volume_of_coarser', { ...parametersOf(piece), timeframe, unit });
  add(checked, rows, ({ symbol, ts, minutes: inside, bar, minutes_inside, minutes_counted }) => ({
    what: `volume of ${timeframe} is not that of its minutes`,
    ...{ symbol, from: iso(ts), to: iso(ts + minutes * minute) },
    detail: `bar ${bar} of ${minutes_counted} minutes, minutes ${inside} of ${minutes_inside}`,
  }));
}

async function checkAgainstExchange(db: QuestDb, piece: Scope, checked: Checked): Promise<void> {
  add(checked, await db.rows('checks/against_exchange', parametersOf(piece)), (row) => ({
    what: 'bar is not as the exchange states it',
    ...{ symbol: row.symbol, from: iso(row.ts), to: iso(row.ts + minute) },
    detail: measures
      .filter((name) => row[name] !== row[`stated_${name}`])
      .map((name) => `${name} ${row[name]}, exchange ${row[`stated_${name}`]}`)
      .join('; '),
  }));
}
