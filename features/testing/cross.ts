import type { Bar } from './bars.ts';
import { meanOf } from './windows.ts';

const minute = 60_000;

/** The bars of all symbols of a venue. */
export type Market = ReadonlyMap<string, readonly Bar[]>;

/** The family cross of the one-minute bars of a symbol, written from its definitions a second time, bar by bar. */
export function cross(market: Market, symbol: string): Record<string, number[]> {
  const closes = new Map([...market].map(([name, bars]) => [name, new Map(bars.map((bar) => [bar.time, bar.close]))]));
  const rows = (market.get(symbol) ?? []).map(({ time }) => measures(closes, symbol, time));
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));
}

type Closes = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** The log return over `bars` bars up to a time; NaN when one of the bars between is missing. */
function returnOf(closes: Closes, symbol: string, time: number, bars: number): number {
  const own = closes.get(symbol);
  for (let k = 0; k <= bars; k++) if (!own?.has(time - k * minute)) return Number.NaN;
  return Math.log((own?.get(time) as number) / (own?.get(time - bars * minute) as number));
}

/** The last one-bar log returns up to a time, oldest first. */
function lastReturns(closes: Closes, symbol: string, time: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => returnOf(closes, symbol, time - (count - 1 - k) * minute, 1));
}

function measures(closes: Closes, symbol: string, time: number): Record<string, number> {
  const all = [...closes.keys()];
  const over = (bars: number) => all.map((name) => returnOf(closes, name, time, bars));
  const own = (bars: number) => returnOf(closes, symbol, time, bars);
  const [market1, market5, market20] = [1, 5, 20].map((bars) => over(bars).filter((r) => !Number.isNaN(r)));
  const spreads = all
    .filter((name) => !Number.isNaN(returnOf(closes, name, time, 20)))
    .map((name) => spread(lastReturns(closes, name, time, 20)));
  const { correlation, beta } = relation(
    lastReturns(closes, symbol, time, 60),
    lastReturns(closes, 'BTC-USDT', time, 60),
  );
  const leader = returnOf(closes, 'BTC-USDT', time, 5);
  return {
    btc_return_1: Number.isNaN(returnOf(closes, 'BTC-USDT', time, 1)) ? 0 : returnOf(closes, 'BTC-USDT', time, 1),
    btc_correlation_60: correlation,
    btc_beta_60: beta,
    btc_residual_5: own(5) - (Number.isNaN(leader) ? 0 : beta * leader),
    excess_return_1: own(1) - meanOf(market1),
    excess_return_5: own(5) - meanOf(market5),
    excess_return_20: own(20) - meanOf(market20),
    return_rank_1: rank(market1, own(1)),
    return_rank_20: rank(market20, own(20)),
    volatility_rank_20: rank(spreads, spread(lastReturns(closes, symbol, time, 20))),
    breadth_1: breadth(market1),
    breadth_20: breadth(market20),
    dispersion_1: spread(market1),
    dispersion_20: spread(market20),
  };
}

function relation(x: number[], y: number[]): { correlation: number; beta: number } {
  if ([...x, ...y].some(Number.isNaN) || x.every((r) => r === 0) || y.every((r) => r === 0))
    return { correlation: 0, beta: 0 };
  const [mx, my] = [meanOf(x), meanOf(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
  }
  return { correlation: xy / Math.sqrt(xx * yy), beta: xy / yy };
}

/** Sample standard deviation; 0 of a single value. */
function spread(values: number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function rank(values: number[], own: number): number {
  if (values.length < 2) return 0.5;
  const below = values.filter((value) => value < own).length;
  const equal = values.filter((value) => value === own).length - 1;
  return (below + equal / 2) / (values.length - 1);
}

function breadth(returns: number[]): number {
  const up = returns.filter((r) => r > 0).length;
  const still = returns.filter((r) => r === 0).length;
  return (up + still / 2) / returns.length;
}

/** Returns are small differences: near 0 their errors are measured against these sizes. */
export const crossUnits: Readonly<Record<string, number>> = {
  btc_return_1: 1e-5,
  btc_correlation_60: 1e-2,
  btc_beta_60: 1e-2,
  btc_residual_5: 1e-5,
  excess_return_1: 1e-5,
  excess_return_5: 1e-5,
  excess_return_20: 1e-5,
};
