import type { Bar } from './bars.ts';

/** A bar with what its trades and quotes show; null where none were recorded. */
export type FlowBar = Bar & {
  buyVolume: number | null;
  /** Of the trades whose taker side is known, where that is not all of the volume. */
  sidedVolume?: number | null;
  trades: number | null;
  spread: number | null;
  imbalance: number | null;
};

/** The family flow, written from its definitions a second time: each window is gathered anew, bar by bar. */
export function flow(bars: readonly FlowBar[]): Record<string, number[]> {
  const rows = bars.map((bar, i) => measures(bars, bar, i));
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));
}

function measures(bars: readonly FlowBar[], bar: FlowBar, i: number): Record<string, number> {
  const window = (count: number) => bars.slice(Math.max(0, i - count + 1), i + 1);
  const [last5, last20] = [window(5), window(20)];
  const { volume, trades, spread } = bar;
  const sized = last20.filter((other) => other.trades !== null);
  const meanTrades = total(sized, (other) => other.trades) / sized.length;
  const meanSize = total(sized, (other) => other.volume) / total(sized, (other) => other.trades);
  const spreads = last20.filter((other) => other.spread !== null);
  const meanSpread = total(spreads, (other) => other.spread) / spreads.length;
  const books = last5.filter((other) => other.imbalance !== null);
  return {
    has_flow: Number(bar.buyVolume !== null),
    has_quotes: Number(spread !== null),
    buy_share: buyShare([bar]),
    buy_share_5: buyShare(last5),
    buy_share_20: buyShare(last20),
    trade_count_ratio_20: trades === null || !(meanTrades > 0) ? 1 : trades / meanTrades,
    trade_size_ratio_20: trades === null || trades === 0 ? 1 : volume / trades / meanSize,
    spread_bps: spread === null ? 0 : spread * 1e4,
    spread_ratio_20: spread === null || !(meanSpread > 0) ? 1 : spread / meanSpread,
    book_imbalance: bar.imbalance ?? 0,
    book_imbalance_5: books.length === 0 ? 0 : total(books, (other) => other.imbalance) / books.length,
    ...weighted(bars, i),
    flow_persistence_20: persistence(bars, i),
  };
}

function total(bars: readonly FlowBar[], measure: (bar: FlowBar) => number | null): number {
  return bars.reduce((sum, bar) => sum + (measure(bar) ?? 0), 0);
}

function buyShare(bars: readonly FlowBar[]): number {
  const traded = bars.filter((bar) => bar.buyVolume !== null);
  const volume = total(traded, sidedVolumeOf);
  return volume === 0 ? 0.5 : total(traded, (bar) => bar.buyVolume) / volume;
}

function sidedVolumeOf({ volume, sidedVolume }: FlowBar): number {
  return sidedVolume ?? volume;
}

function weighted(bars: readonly FlowBar[], i: number): Record<string, number> {
  let [signed, taken, moved, all] = [0, 0, 0, 0];
  for (let k = Math.max(1, i - 19); k <= i; k++) {
    const { close, volume, buyVolume } = bars[k];
    const sided = sidedVolumeOf(bars[k]);
    const r = Math.log(close / bars[k - 1].close);
    all += volume;
    moved += volume * r;
    if (buyVolume === null) continue;
    taken += sided;
    signed += (buyVolume - (sided - buyVolume)) * r;
  }
  return {
    flow_return_20: taken === 0 ? 0 : signed / taken,
    volume_weighted_return_20: all === 0 ? 0 : moved / all,
  };
}

function persistence(bars: readonly FlowBar[], i: number): number {
  let [same, pairs] = [0, 0];
  for (let k = Math.max(1, i - 19); k <= i; k++) {
    const [now, then] = [side(bars[k]), side(bars[k - 1])];
    if (now === 0 || then === 0) continue;
    pairs++;
    if (now === then) same++;
  }
  return pairs === 0 ? 0.5 : same / pairs;
}

/** 1 when buyers took more of the volume, -1 when sellers did, 0 when neither did or nothing is known. */
function side(bar: FlowBar): number {
  const volume = sidedVolumeOf(bar);
  if (bar.buyVolume === null || volume === 0) return 0;
  const lead = bar.buyVolume / volume - 0.5;
  return Math.abs(lead) < 1e-10 ? 0 : Math.sign(lead);
}

/** Returns are small differences: near 0 their errors are measured against this size. */
export const flowUnits: Readonly<Record<string, number>> = {
  flow_return_20: 1e-5,
  volume_weighted_return_20: 1e-5,
  book_imbalance_5: 1e-2,
};
