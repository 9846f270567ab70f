import type { QuestDb } from '#lib/questdb/database.ts';
import { prepare, Timestamp } from '#lib/questdb/statement.ts';
import { type Micros, type MinuteRange, minute } from '#lib/time.ts';
import { statement } from '#sql/read.ts';
import { printsOf } from './prints.ts';

/** A request to the closer. With `symbols`, bars are made of the ticks of these; exchange candles are taken in either way. */
export interface CloseRequest {
  venue: string;
  symbols: string[];
  ranges: MinuteRange[];
}

export interface CloseResult {
  minutes: number;
}

/**
 * What one statement makes at most, so that its memory is bounded: ticks are many more than bars.
 */
const day = 1_440 * minute;
const chunk = { ticks: 4 * day, exchange: 31 * day };

/**
 * Writes the one-minute bars of these minutes by the precedence: complete ticks, then the exchange's own bar, then partial
 * ticks; a minute without a trade is the exchange's where that states volume. Doing it twice changes nothing. Only one may
 * run at a time (see `workers.ts`), because the second step reads what the first has written.
 */
export async function closeMinutes(db: QuestDb, request: CloseRequest): Promise<CloseResult> {
  // candles_1m too: an attempt before this one may have been cut off.
  await db.applied(['ticks', 'gaps', 'exchange_candles', 'candles_1m']);
  const withTicks = request.symbols.length > 0;
  const ranges = withTicks
    ? await Promise.all(request.ranges.map((range) => withFlat(db, request, range)))
    : request.ranges;
  const chunks = ranges.flatMap((range) => split(range, withTicks ? chunk.ticks : chunk.exchange));
  let minutes = 0;
  for (const { from, to } of chunks) {
    const range = { from: new Timestamp(from), to: new Timestamp(to), known_at: new Timestamp(Date.now() * 1000) };
    const count = (to - from) / minute;
    if (withTicks) {
      // The bars of the chunk before are read for the last close.
      await db.applied(['candles_1m']);
      const { venue, symbols } = request;
      const { text, parameters } = await printsOf(db, { venue, symbols, from: range.from, to: range.to });
      const close = statement('candles/close_from_ticks').replace(/^ *\{prints\}$/m, () => text);
      await db.query(prepare(close, { ...range, ...parameters, venue, symbols, minutes: count }));
      await db.applied(['candles_1m']);
    }
    await db.preparedRun('candles/close_from_exchange', { ...range, venue: request.venue });
    minutes += count;
  }
  await db.applied(['candles_1m']);
  return { minutes };
}

/** A late tick that moves the close of its minute moves the flat bars after it as well. */
async function withFlat(db: QuestDb, { venue, symbols }: CloseRequest, range: MinuteRange): Promise<MinuteRange> {
  const [last] = await db.preparedRows('candles/flat_after', { venue, symbols, to: new Timestamp(range.to) });
  return last.ts === null ? range : { from: range.from, to: last.ts + minute };
}

function split({ from, to }: MinuteRange, longest: Micros): MinuteRange[] {
  const ranges: MinuteRange[] = [];
  for (let start = from; start < to; start += longest) ranges.push({ from: start, to: Math.min(start + longest, to) });
  return ranges;
}
