import type { WallMarket } from './market.ts';
import { symbols } from './market.ts';
import type { BarRow } from './stored.ts';

/** How the bar of a minute stands to what the exchange has of it. */
export interface BarVerdict {
  symbol: string;
  /** Bar-open time, milliseconds. */
  minute: number;
  verdict: 'equal' | 'lying' | 'incomplete' | 'missing';
  /** Of one that lies: what it says and what is true. */
  why?: string;
}

const minuteMs = 60_000;

/** Judges each minute of `[from, to)` (milliseconds, whole minutes) that the market has had. */
export function judgeBars(
  market: Pick<WallMarket, 'barOf'>,
  bars: readonly BarRow[],
  from: number,
  to: number,
): BarVerdict[] {
  const found = new Map(bars.map((bar) => [`${bar.symbol} ${bar.ts / 1_000}`, bar]));
  const verdicts: BarVerdict[] = [];
  for (let minute = from; minute < to; minute += minuteMs)
    for (const symbol of symbols) verdicts.push({ symbol, minute, ...judge(market, symbol, minute, found) });
  return verdicts;
}

function judge(
  market: Pick<WallMarket, 'barOf'>,
  symbol: string,
  minute: number,
  found: ReadonlyMap<string, BarRow>,
): Pick<BarVerdict, 'verdict' | 'why'> {
  const bar = found.get(`${symbol} ${minute}`);
  if (!bar) return { verdict: 'missing' };
  if (!bar.complete) return { verdict: 'incomplete' };
  const truth = market.barOf(symbol, minute);
  if (!truth) return { verdict: 'lying', why: 'the market has no such minute' };
  for (const name of ['open', 'high', 'low', 'close', 'volume'] as const)
    if (Math.abs(bar[name] - truth[name]) > 1e-9 * Math.abs(truth[name]) + 1e-12)
      return { verdict: 'lying', why: `${name} is ${bar[name]} and was ${truth[name]} (from ${bar.source})` };
  if (bar.source === 'closer' && truth.trades !== undefined && (bar.trades ?? 0) !== truth.trades)
    return { verdict: 'lying', why: `it has ${bar.trades} trades of ${truth.trades}` };
  return { verdict: 'equal' };
}
