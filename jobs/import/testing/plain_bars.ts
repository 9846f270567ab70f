/** A trade as a list has it; times in microseconds. */
export interface ListedTrade {
  ts: number;
  price: number;
  size: number;
  side: 'buy' | 'sell' | null;
  id: string | null;
}

export interface PlainBar {
  ts: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  buy_volume: number | null;
  trades: number;
  sided_trades: number;
  complete: boolean;
}

const minute = 60_000_000;
const floor = (ts: number) => Math.floor(ts / minute) * minute;

/**
 * The bars of a list of trades in the order of arrival, by a plain loop over it: what an import of the list has to give,
 * however it is cut into files.
 * @param cuts how many trades of the list come before each cut between two files
 */
export function plainBars(list: readonly ListedTrade[], cuts: readonly number[]): PlainBar[] {
  const ids = whatIdsSay(list);
  const trades = list.map((trade, place) => ({ ...trade, place, number: numberOf(trade.id) }));
  const inOrder = trades.toSorted(
    (a, b) => a.ts - b.ts || (ids === 'none' ? 0 : a.number! - b.number!) || a.place - b.place,
  );
  const [first, last] = [inOrder[0].ts, inOrder.at(-1)!.ts];
  // Pairs of times between which it is not known what happened.
  const unknown: [number, number][] = [
    [floor(first), Math.max(first, floor(first) + 1)],
    [last, floor(last) + minute],
  ];
  if (ids === 'count') {
    const byNumber = trades.toSorted((a, b) => a.number! - b.number!);
    for (const [i, after] of byNumber.slice(1).entries()) {
      const before = byNumber[i];
      if (after.number! > before.number! + 1) unknown.push([before.ts, after.ts + 1]);
    }
  } else {
    for (const [i, after] of inOrder.slice(1).entries()) {
      const before = inOrder[i];
      if (floor(after.ts) - floor(before.ts) > minute) unknown.push([before.ts, after.ts]);
    }
    // Two files that share the instant in which they were cut leave nothing between them.
    for (const cut of cuts)
      if (cut > 0 && cut < list.length && list[cut - 1].ts < list[cut].ts)
        unknown.push([list[cut - 1].ts, list[cut].ts]);
  }
  const isUnknown = (ts: number) => unknown.some(([since, until]) => since < ts + minute && until > ts);
  const bars: PlainBar[] = [];
  let close = Number.NaN;
  for (let ts = floor(first); ts <= last; ts += minute) {
    const own = inOrder.filter((trade) => floor(trade.ts) === ts);
    const complete = !isUnknown(ts);
    if (own.length === 0 && !complete) continue;
    const prices = own.length > 0 ? own.map(({ price }) => price) : [close];
    close = prices.at(-1)!;
    const sum = (pick: (trade: ListedTrade) => boolean) =>
      own.filter(pick).reduce((total, { size }) => total + size, 0);
    const sided = own.filter(({ side }) => side !== null).length;
    bars.push({
      ...{ ts, open: prices[0], high: Math.max(...prices), low: Math.min(...prices), close, complete },
      ...{ volume: sum(() => true), trades: own.length, sided_trades: sided },
      buy_volume: own.length > 0 && sided === 0 ? null : sum(({ side }) => side === 'buy'),
    });
  }
  return bars;
}

const numberOf = (id: string | null) => (id !== null && /^\d{1,18}$/.test(id) ? Number(id) : null);

/** What the ids of all trades together say, minute by minute. */
export function whatIdsSay(list: readonly ListedTrade[]): 'count' | 'order' | 'none' {
  const numbers = list.map(({ id }) => numberOf(id));
  if (numbers.some((number) => number === null)) return 'none';
  const minutes = [...Map.groupBy(list, ({ ts }) => floor(ts))]
    .sort(([a], [b]) => a - b)
    .map(([, own]) => own.map(({ id }) => numberOf(id)!).sort((a, b) => a - b));
  let whole = 0;
  let ascending = 0;
  for (const [i, own] of minutes.entries()) {
    if (own.at(-1)! - own[0] + 1 === own.length) whole += own.length - 1;
    if (i === 0) continue;
    if (own[0] === minutes[i - 1].at(-1)! + 1) whole += 1;
    if (own[0] > minutes[i - 1].at(-1)!) ascending += 1;
  }
  if (whole >= 10 && whole >= (list.length - 1) / 2) return 'count';
  return ascending >= 10 && ascending >= 0.99 * (minutes.length - 1) ? 'order' : 'none';
}
