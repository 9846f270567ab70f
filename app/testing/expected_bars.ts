import type { Market } from '#ingest/local_exchange/market.ts';
import { minute } from '#lib/time.ts';

/** A one-minute bar as the frames of a market make it. Sizes in base coin. */
export interface ExpectedBar {
  symbol: string;
  /** Bar-open time, microseconds. */
  ts: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  buyVolume: number;
  trades: number;
  quotes: number;
}

/**
 * The bars of everything that a market pushes, from its frames alone and by none of the code under test: prints in the
 * order of their times and ids, and no gap anywhere.
 */
export async function expectedBars(market: Market): Promise<ExpectedBar[]> {
  const units = new Map(market.instruments.map((row) => [row.instId, Number(row.contractValue)]));
  const prints = new Map<string, { ts: number; id: number; price: number; size: number; buy: boolean }[]>();
  const quotes = new Map<string, number>();
  for await (const { channel, instId, text } of market.frames()) {
    for (const row of JSON.parse(text).data) {
      const ts = Math.floor(Number(row.ts) / 60_000) * minute;
      const key = `${instId} ${ts}`;
      if (channel === 'tickers') {
        quotes.set(key, (quotes.get(key) ?? 0) + 1);
        continue;
      }
      const size = Number((Number(row.size) * units.get(instId)!).toPrecision(14));
      const print = {
        ts: Number(row.ts),
        id: Number(row.tradeId),
        price: Number(row.price),
        size,
        buy: row.side === 'buy',
      };
      prints.set(key, [...(prints.get(key) ?? []), print]);
    }
  }
  return [...prints].map(([key, own]) => {
    const [symbol, ts] = key.split(' ');
    own.sort((a, b) => a.ts - b.ts || a.id - b.id);
    const prices = own.map((print) => print.price);
    const sum = (of: typeof own) => of.reduce((total, print) => total + print.size, 0);
    return {
      ...{ symbol, ts: Number(ts), open: prices[0], close: prices.at(-1)! },
      ...{ high: Math.max(...prices), low: Math.min(...prices), volume: sum(own) },
      ...{ buyVolume: sum(own.filter((print) => print.buy)), trades: own.length, quotes: quotes.get(key) ?? 0 },
    };
  });
}
