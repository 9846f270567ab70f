import type { QuestDb } from '#lib/questdb/database.ts';
import type { Parameters, Timestamp } from '#lib/questdb/statement.ts';
import { type Micros, minute } from '#lib/time.ts';
import { statement } from '#sql/read.ts';

export interface Spell {
  venue: string;
  symbols: readonly string[];
  from: Timestamp;
  to: Timestamp;
}

/** The places that one key has beside the microseconds of a minute, see sql/candles/prints_by_place.sql. */
const places = 2 ** 37;
/** From here on one pass saves more than it takes to find out whether it can be. */
const longSpell: Micros = 60 * minute;

/**
 * The statement that makes of the trades of a spell what its bars say of them, and its further parameters: one pass where
 * each trade has a place among those of its time, else the general one.
 */
export async function printsOf(db: QuestDb, spell: Spell): Promise<{ text: string; parameters: Parameters }> {
  const general = { text: statement('candles/prints'), parameters: {} };
  const { venue, symbols, from, to } = spell;
  if (to.micros - from.micros < longSpell) return general;
  for (const order of await ordersOf(db, venue, symbols)) {
    const [found] = await db.rows('candles/places', { venue, from, to, order });
    const { trades, placed, least, most, aggregated } = found;
    const one = order !== 'number' || aggregated === 0 || aggregated === trades;
    if (least === null || most === null) continue;
    if (placed === trades && most - least < places && one)
      return { text: statement('candles/prints_by_place'), parameters: { order, least } };
  }
  return general;
}

/** What may decide among trades of one time: their ids where these of all symbols tell it, their arrival where of none. */
async function ordersOf(db: QuestDb, venue: string, symbols: readonly string[]): Promise<string[]> {
  const known = new Map((await db.rows('gaps/trade_ids', { venue })).map(({ symbol, ids }) => [symbol, ids]));
  const told = symbols.filter((symbol) => (known.get(symbol) ?? 'none') !== 'none');
  if (told.length === symbols.length) return ['number'];
  return told.length === 0 ? ['lag', 'seq'] : [];
}
