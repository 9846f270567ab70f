import { describe, expect, it } from 'vitest';
import { judgeBars } from './bars.ts';
import { symbols } from './market.ts';
import type { BarRow } from './stored.ts';
import { trueBar } from './true_bar.ts';

const minute = 60_000;
const trades = [5, 7, 4].map((price) => ({ ts: minute, side: 'buy' as const, price, size: 0.5, lots: 5 }));
const market = { barOf: () => trueBar(trades, 3) };
const [symbol] = symbols;
const sound: BarRow = {
  ...{ ts: minute * 1_000, symbol, open: 5, high: 7, low: 4, close: 4, volume: 1.5, trades: 3 },
  ...{ source: 'closer', complete: true },
};

const judged = (bar: BarRow) =>
  judgeBars(market, [bar], minute, 2 * minute).find((verdict) => verdict.symbol === symbol)!;

describe('the judgement of bars', () => {
  it('makes the bar of trades by a loop, and a flat one of none', () => {
    expect(trueBar(trades, 3)).toMatchObject({ open: 5, high: 7, low: 4, close: 4, volume: 1.5, lots: 15, trades: 3 });
    expect(trueBar([], 3)).toMatchObject({ open: 3, high: 3, low: 3, close: 3, volume: 0, trades: 0 });
  });

  it('calls a complete bar that differs in anything a lie, and an incomplete one none', () => {
    expect(judged(sound).verdict).toBe('equal');
    for (const wrong of [{ open: 5.1 }, { high: 8 }, { low: 3 }, { close: 5 }, { volume: 1 }, { trades: 2 }]) {
      expect(judged({ ...sound, ...wrong }).verdict, JSON.stringify(wrong)).toBe('lying');
      expect(judged({ ...sound, ...wrong, complete: false }).verdict).toBe('incomplete');
    }
    expect(judged({ ...sound, high: 8 }).why).toBe('high is 8 and was 7 (from closer)');
  });

  it('asks of the exchange’s own bar no count of trades, and misses a bar that is not there', () => {
    expect(judged({ ...sound, source: 'exchange', trades: null }).verdict).toBe('equal');
    expect(judged({ ...sound, ts: 0 }).verdict).toBe('missing');
  });
});
