import type { QuestDb } from '#lib/questdb/database.ts';

interface TickRow {
  [column: string]: unknown;
  ts: number;
  symbol: string;
  kind: string;
  price: number | null;
  size: number | null;
  side: string | null;
  bid: number | null;
  ask: number | null;
}

export interface BarRow {
  [column: string]: unknown;
  ts: number;
  symbol: string;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  trades: number | null;
  source: string;
  complete: boolean;
}

export interface GapRow {
  [column: string]: unknown;
  symbol: string;
  event: string;
  since: number;
  until: number | null;
}

/** What the database has of the venue since a time (microseconds), as it is. */
export interface Stored {
  ticks: TickRow[];
  /** The texts of refused rows and frames. */
  refused: string[];
  gaps: GapRow[];
  bars: BarRow[];
}

export async function readStored(db: QuestDb, since: number): Promise<Stored> {
  const from = `venue = 'blofin' and ts >= ${since}`;
  const refused = await db.query<{ raw: string }>("select raw from rejected_ticks where venue = 'blofin'");
  return {
    ticks: await db.query(
      `select cast(ts as long) ts, symbol, kind, price, size, side, bid, ask from ticks where ${from}`,
    ),
    refused: refused.map(({ raw }) => raw),
    gaps: await db.query(
      `select symbol, event, cast(since as long) since, cast(until as long) until from gaps
       where venue = 'blofin' and level = 'trades' latest on ts partition by gap_id`,
    ),
    bars: await db.query(
      `select cast(ts as long) ts, symbol, open, high, low, close, volume, trades, source, complete
       from candles_1m where ${from} order by ts, symbol`,
    ),
  };
}
