import { families } from '#features/catalogue.ts';
import { composeSelect } from '#features/compose.ts';
import type { Family } from '#features/header.ts';
import type { QuestDb, Row } from '#lib/questdb/database.ts';
import type { Bar } from './bars.ts';

export interface Run {
  venue: string;
  symbol: string;
  /** The bars of one unbroken run, which stand in candles_1m. */
  bars: readonly Bar[];
  /** Number of the first bar that is asked for: as many stand before it as a stored row needs, unless given. */
  first?: number;
  /** As when the bars before the first one are stored: files that continue from nothing read their window alone. */
  continued?: boolean;
}

/** The features of a family at the bars of a run, by the statement that fills them, without storing any. */
export async function familyRows(
  db: QuestDb,
  family: Family,
  { venue, symbol, bars, first = 400, continued = false }: Run,
): Promise<(Row & { time: number })[]> {
  const files = families('1m').filter(
    ({ features, state }) => features[0].family === family && !(continued && state.length > 0),
  );
  const [begin, from, to] = [bars[0], bars[first], bars[bars.length - 1]].map(({ time }) => time * 1000);
  const { text, values } = composeSelect('1m', files, { venue, symbols: [symbol], begin, from, to, continued }, '');
  const rows = await db.query({ text: `SELECT * FROM (${text}) ORDER BY ts`, values });
  return rows.map((row) => ({ ...row, time: (row.ts as Date).getTime() }));
}
