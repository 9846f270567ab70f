import { describe, expect, it } from 'vitest';
import type { Tick } from '#ingest/feed.ts';
import { SymbolPulse } from './symbol_pulse.ts';

const none = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };

function tick(symbol: string, ts: number, lag: number): Tick {
  const key = { venue: 'v', source: 'ws', kind: 'trade', eventId: '1', price: 1, size: 1, side: 'buy' } as const;
  return { ...key, ...none, symbol, ts, receivedAt: ts + lag, seq: null };
}

describe('SymbolPulse', () => {
  it('knows the newest event, not the last one, and the delay of the last one', () => {
    const pulse = new SymbolPulse();
    pulse.saw(tick('A-USDT', 5_000_000, 20_000));
    pulse.saw(tick('A-USDT', 4_000_000, -3_000));
    expect(pulse.read(0)).toMatchObject({
      'A-USDT': { newest: 5_000_000, trade: 5_000_000, quote: null, lag_ms: -3, rate: 0 },
    });
  });

  it('takes silence for a stop by how often a symbol trades, and bursts for no habit', () => {
    const quiet = (minutes: number[]) => {
      const pulse = new SymbolPulse();
      for (const at of minutes) for (let i = 0; i < 5; i++) pulse.saw(tick('A-USDT', at * 60e6 + i, 0));
      return pulse.read(0)['A-USDT'].trades_quiet_seconds!;
    };
    const busy = Array.from({ length: 100 }, (_, i) => i);
    expect(quiet(busy)).toBeLessThan(180);
    expect(quiet(busy.filter((at) => at % 10 === 0))).toBeGreaterThan(3_600);
    expect(quiet([0])).toBeGreaterThan(600);
  });

  it('gives ticks a second over the last minute: a stream that stops falls to nothing', () => {
    const pulse = new SymbolPulse();
    const rates: number[] = [];
    for (let look = 0; look < 90; look++) {
      if (look < 30) for (let i = 0; i < 8; i++) pulse.saw(tick('A-USDT', look * 1e6 + i, 0));
      rates.push(pulse.read(look * 2_000)['A-USDT'].rate);
    }
    expect(rates[29]).toBeCloseTo(4, 9);
    expect(rates[44]).toBeCloseTo(2, 0);
    expect(rates[89]).toBe(0);
  });
});
