/** A trade as the exchange has made it; size in base coin, and in contracts. */
export interface OwnTrade {
  /** Milliseconds. */
  ts: number;
  side: 'buy' | 'sell';
  price: number;
  size: number;
  lots: number;
}

/** A one-minute bar; `trades` is unknown of the history. */
export interface TrueBar {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  lots: number;
  trades: number | undefined;
}

/** The bar of a minute's trades in their order, by a plain loop: none of the code that is put to the test is in it. */
export function trueBar(trades: readonly OwnTrade[], closeBefore: number): TrueBar {
  const first = trades[0]?.price ?? closeBefore;
  const bar = { open: first, high: first, low: first, close: first, volume: 0, lots: 0, trades: trades.length };
  for (const { price, size, lots } of trades) {
    bar.high = Math.max(bar.high, price);
    bar.low = Math.min(bar.low, price);
    bar.close = price;
    bar.volume += size;
    bar.lots += lots;
  }
  return bar;
}
