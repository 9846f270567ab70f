import { describe, expect, it } from 'vitest';
import type { CandleTuple, Market, MarketFrame } from '#ingest/local_exchange/market.ts';
import { simulateMarket } from './simulated.ts';

const symbols = Array.from({ length: 11 }, (_, i) => `S${i}-USDT`);
const start = Date.UTC(2026, 0, 5, 12);
const options = { symbols, seed: 11, start, historyMinutes: 30 };

async function framesOf(market: Market): Promise<MarketFrame[]> {
  const frames: MarketFrame[] = [];
  for await (const frame of market.frames()) frames.push(frame);
  return frames;
}

async function rowsOf(market: Market, instId: string, now: number): Promise<CandleTuple[]> {
  const series = await market.candles(instId, now);
  return Array.from({ length: series.length }, (_, i) => series.rowAt(i));
}

/** Decimal text as a whole number of 10^−20. */
function exact(text: string): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(20, '0'));
}

/** What candles say, made from pushed trades alone, without rounding. */
function candlesFrom(frames: MarketFrame[], instId: string, contractValue: string) {
  const minutes = new Map<number, { price: bigint; size: bigint }[]>();
  for (const frame of frames) {
    if (frame.channel !== 'trades' || frame.instId !== instId) continue;
    const [row] = JSON.parse(frame.text).data;
    const minute = Math.floor(Number(row.ts) / 60_000) * 60_000;
    minutes.set(minute, [...(minutes.get(minute) ?? []), { price: exact(row.price), size: exact(row.size) }]);
  }
  const one = 10n ** 20n;
  return [...minutes].map(([ts, trades]) => {
    const prices = trades.map((trade) => trade.price);
    const ascending = prices.toSorted((a, b) => Number(a - b));
    const contracts = trades.reduce((sum, trade) => sum + trade.size, 0n);
    const quote = trades.reduce((sum, trade) => sum + trade.price * trade.size, 0n);
    return {
      ts,
      open: prices[0],
      high: ascending.at(-1),
      low: ascending[0],
      close: prices.at(-1),
      contracts,
      base: (contracts * exact(contractValue)) / one,
      quote: (quote * exact(contractValue)) / one / one,
    };
  });
}

const parsed = (row: CandleTuple) => {
  const [open, high, low, close, contracts, base, quote] = row.slice(1, 8).map(exact);
  return { ts: Number(row[0]), open, high, low, close, contracts, base, quote };
};

describe('a simulated market', () => {
  it('serves candles that are exactly the sums of the trades it pushes', async () => {
    const market = simulateMarket({ ...options, minutes: 5 });
    const frames = await framesOf(market);
    for (const { instId, contractValue } of market.instruments) {
      const rows = (await rowsOf(market, instId, start + 5 * 60_000)).filter((row) => Number(row[0]) >= start);
      expect(rows.map(parsed)).toEqual(candlesFrom(frames, instId, contractValue));
      expect(rows.every((row) => row[8] === '1')).toBe(true);
    }
  });

  it('serves of the running minute what has traded so far, unconfirmed', async () => {
    const market = simulateMarket({ ...options, minutes: 2 });
    const frames = await framesOf(market);
    const now = start + 90_000;
    const { instId, contractValue } = market.instruments[3];
    const rows = await rowsOf(market, instId, now);
    const soFar = frames.filter((frame) => frame.at <= now);
    expect(rows.slice(-2).map(parsed)).toEqual(candlesFrom(soFar, instId, contractValue));
    expect(rows.slice(-3).map((row) => row[8])).toEqual(['1', '1', '0']);
    expect(rows.length).toBe(32);
  });

  it('continues its history without a hole, whoever asks first', async () => {
    const asked = simulateMarket({ ...options, minutes: 3 });
    const before = await rowsOf(asked, 'S4-USDT', start);
    expect(before.map((row) => Number(row[0]))).toEqual(
      Array.from({ length: 30 }, (_, i) => start - (30 - i) * 60_000),
    );
    await framesOf(asked);
    const after = await rowsOf(asked, 'S4-USDT', start + 3 * 60_000);
    expect(after.slice(0, 30)).toEqual(before);
    const other = simulateMarket({ ...options, minutes: 3 });
    await framesOf(other);
    expect(await rowsOf(other, 'S4-USDT', start + 3 * 60_000)).toEqual(after);
  });

  it('is determined by its seed', async () => {
    const run = async (seed: number) =>
      (await framesOf(simulateMarket({ ...options, seed, minutes: 1 }))).map((f) => f.text);
    expect(await run(11)).toEqual(await run(11));
    expect(await run(12)).not.toEqual(await run(11));
  });

  it('pushes in order of time: 20 to 60 trades a minute with rising ids, one ticker a second', async () => {
    const frames = await framesOf(simulateMarket({ ...options, minutes: 4 }));
    expect(frames.every((frame, i) => i === 0 || frame.at >= frames[i - 1].at)).toBe(true);
    for (const instId of symbols) {
      const own = frames.filter((frame) => frame.instId === instId);
      const ids = own.filter((f) => f.channel === 'trades').map((f) => Number(JSON.parse(f.text).data[0].tradeId));
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      expect(ids.length / 4).toBeGreaterThanOrEqual(20);
      expect(ids.length / 4).toBeLessThanOrEqual(60);
      const seconds = own.filter((f) => f.channel === 'tickers').map((f) => Math.floor(f.at / 1_000));
      expect(seconds).toEqual(Array.from({ length: 240 }, (_, i) => start / 1_000 + i));
    }
  });

  it('shows in a ticker the last trade before it, inside the book', async () => {
    const frames = await framesOf(simulateMarket({ ...options, minutes: 2 }));
    const last = new Map<string, string>();
    for (const { channel, instId, text } of frames) {
      const [row] = JSON.parse(text).data;
      if (channel === 'trades') last.set(instId, row.price);
      else if (last.has(instId)) {
        expect(row.last).toBe(last.get(instId));
        expect(Number(row.bidPrice)).toBeLessThanOrEqual(Number(row.last));
        expect(Number(row.askPrice)).toBeGreaterThanOrEqual(Number(row.last));
        expect(Number(row.askPrice)).toBeGreaterThan(Number(row.bidPrice));
      }
    }
  });

  it('spreads prices over ten decades, with contract values that make contracts of like worth', async () => {
    const market = simulateMarket(options);
    const worth: number[] = [];
    const prices: number[] = [];
    for (const { instId, contractValue } of market.instruments) {
      const price = Number((await rowsOf(market, instId, start)).at(-1)![4]);
      prices.push(price);
      worth.push(price * Number(contractValue));
    }
    expect(Math.max(...prices)).toBeGreaterThan(5e4);
    expect(Math.min(...prices)).toBeLessThan(2e-5);
    for (const value of worth) {
      expect(value).toBeGreaterThan(1);
      expect(value).toBeLessThan(100);
    }
  });

  it('has returns that cannot be told from the last one, with sizes that can', async () => {
    const market = simulateMarket({ symbols: ['A-USDT'], seed: 5, start, historyMinutes: 20_000 });
    const closes = (await rowsOf(market, 'A-USDT', start)).map((row) => Math.log(Number(row[4])));
    const returns = closes.slice(1).map((close, i) => close - closes[i]);
    const sizes = returns.map(Math.abs);
    // Two and a half deviations of a correlation of white noise, widened for the changing variance.
    expect(Math.abs(correlation(returns.slice(1), returns.slice(0, -1)))).toBeLessThan(0.04);
    expect(correlation(sizes.slice(1), sizes.slice(0, -1))).toBeGreaterThan(0.1);
  });
});

function correlation(a: number[], b: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f: (i: number) => number) => a.reduce((total, _, i) => total + f(i), 0);
  const spread = sum((i) => (a[i] - ma) ** 2) * sum((i) => (b[i] - mb) ** 2);
  return sum((i) => (a[i] - ma) * (b[i] - mb)) / Math.sqrt(spread);
}
