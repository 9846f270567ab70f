import type { InstrumentRow } from '#ingest/local_exchange/market.ts';
import type { Delivered } from './recorder.ts';
import type { GapRow, Stored } from './stored.ts';
import type { OwnTrade } from './true_bar.ts';

/** Where the rows are that were delivered. */
export interface RowAccount {
  /** Each row once, however often it came. */
  delivered: number;
  stored: number;
  /** Not stored: refused, or in a spell that the ledger of gaps has, or neither. */
  lost: number;
  /** Not stored, not refused, and in no gap: nobody will ever know. */
  lost_without_row: number;
}

/** Finds delivered rows again among what is stored. */
export class Accounts {
  readonly #units: ReadonlyMap<string, number>;
  readonly #ticks = new Set<string>();
  readonly #refused: ReadonlySet<string>;
  readonly #refusedIds = new Set<string>();
  readonly #gaps: Map<string, GapRow[]>;

  constructor(stored: Stored, instruments: readonly InstrumentRow[]) {
    this.#units = new Map(instruments.map(({ instId, contractValue }) => [instId, Number(contractValue)]));
    for (const { symbol, kind, ts, price, size, side, bid, ask } of stored.ticks)
      this.#ticks.add(kind === 'trade' ? key(symbol, ts, side, price, size) : key(symbol, ts, 'quote', bid, ask));
    this.#refused = new Set(stored.refused);
    for (const raw of stored.refused) for (const id of namesIn(raw)) this.#refusedIds.add(id);
    this.#gaps = Map.groupBy(stored.gaps, ({ symbol }) => symbol);
  }

  of(rows: readonly Delivered[]): RowAccount & { examples: string[] } {
    const seen = new Set<string>();
    const account = { delivered: 0, stored: 0, lost: 0, lost_without_row: 0, examples: [] as string[] };
    for (const row of rows) {
      const name = `${this.#keyOf(row)} ${row.id} ${row.broken ? 'broken' : ''}`;
      if (seen.has(name)) continue;
      seen.add(name);
      account.delivered += 1;
      if (this.#ticks.has(this.#keyOf(row))) {
        account.stored += 1;
        continue;
      }
      account.lost += 1;
      if (this.#isRefused(row) || this.#isInGap(row)) continue;
      account.lost_without_row += 1;
      if (account.examples.length < 3)
        account.examples.push(`${row.kind} of ${row.symbol} at ${new Date(row.ts).toISOString()}`);
    }
    return account;
  }

  /** Those of an instrument's trades that are not stored. */
  missing(symbol: string, trades: readonly OwnTrade[]): OwnTrade[] {
    return trades.filter(({ ts, side, price, size }) => !this.#ticks.has(key(symbol, ts * 1_000, side, price, size)));
  }

  #keyOf({ symbol, kind, ts, side, price, size, bid, ask }: Delivered): string {
    const base = Number(size) * this.#units.get(symbol)!;
    return kind === 'trade'
      ? key(symbol, ts * 1_000, side, Number(price), base)
      : key(symbol, ts * 1_000, 'quote', Number(bid), Number(ask));
  }

  #isRefused({ broken, symbol, id, ts }: Delivered): boolean {
    if (broken !== undefined && this.#refused.has(broken)) return true;
    return this.#refusedIds.has(id ? `${symbol} ${id}` : `${symbol} ${ts}`);
  }

  #isInGap({ symbol, ts }: Delivered): boolean {
    const at = ts * 1_000;
    return (this.#gaps.get(symbol) ?? []).some(({ since, until }) => since <= at && (until === null || at <= until));
  }
}

/** Prices and sizes to ten digits: decimal text became a double on two ways. */
function key(symbol: string, ts: number, side: string | null, ...numbers: (number | null)[]): string {
  return [symbol, ts, side, ...numbers.map((each) => each?.toPrecision(10))].join(' ');
}

/** The trade, or the ticker of a millisecond, that a refused text is about. */
function namesIn(raw: string): string[] {
  const field = (name: string) => new RegExp(`"${name}":"([^"]+)"`).exec(raw)?.[1];
  const symbol = field('instId');
  return [field('tradeId'), field('ts')].flatMap((name) => (symbol && name ? [`${symbol} ${name}`] : []));
}
