import { describe, expect, it } from 'vitest';
import { listingsOf, perCoin, toBase } from '#ingest/listing.ts';
import { parseInstruments } from './instruments.ts';

describe('parseInstruments', () => {
  it('leaves out inverse contracts, whose sizes are in quote coin', () => {
    const rows = [
      { instId: 'BTC-USDT', contractValue: '0.001', contractType: 'linear', state: 'live' },
      { instId: 'BTC-USD', contractValue: '1', contractType: 'inverse', state: 'live' },
    ];
    expect([...parseInstruments(rows).keys()]).toEqual(['BTC-USDT']);
  });

  it('refuses a contract value that it cannot use', () => {
    expect(() => parseInstruments([{ instId: 'BTC-USDT', contractValue: '0' }])).toThrow(/BTC-USDT/);
    expect(() => parseInstruments([{ instId: 'BTC-USDT' }])).toThrow(/BTC-USDT/);
  });

  it('names the symbols that the exchange does not list', () => {
    const listed = parseInstruments([{ instId: 'BTC-USDT', contractValue: '0.001' }]);
    expect(() => listingsOf(['BTC-USDT', 'OLD-USDT'], listed)).toThrow(/does not list OLD-USDT/);
  });

  it('names a coin listed by the thousand as the coin, its sizes and prices per coin', () => {
    const rows = [
      { instId: '1000PEPE-USDT', contractValue: '10' },
      { instId: '1000000MOG-USDT', contractValue: '0.1' },
      { instId: 'BONK-USDT', contractValue: '5' },
      { instId: '1000BONK-USDT', contractValue: '7' },
      { instId: '1INCH-USDT', contractValue: '1' },
    ];
    const listed = parseInstruments(rows);
    const shown = [...listed.values()].map((row) => [row.symbol, row.instId, toBase('2.5', row), perCoin(0.0125, row)]);
    expect(shown).toEqual([
      ['PEPE-USDT', '1000PEPE-USDT', 25_000, 0.0000125],
      ['MOG-USDT', '1000000MOG-USDT', 250_000, 0.0000000125],
      ['BONK-USDT', 'BONK-USDT', 12.5, 0.0125],
      ['1INCH-USDT', '1INCH-USDT', 2.5, 0.0125],
    ]);
  });
});
