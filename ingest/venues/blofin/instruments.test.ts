import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { listingsOf, perCoin, toBase } from '#ingest/listing.ts';
import { Listings } from '#ingest/venues/listings.ts';
import { parseInstruments } from './instruments.ts';

describe('parseInstruments', () => {
  it('leaves out inverse contracts, whose sizes are in quote coin', () => {
    const rows = [
      { instId: 'BTC-USDT', contractValue: '0.001', contractType: 'linear', state: 'live' },
      { instId: 'BTC-USD', contractValue: '1', contractType: 'inverse', state: 'live' },
    ];
    expect([...parseInstruments(rows).keys()]).toEqual(['BTC-USDT']);
  });

  it('keeps the pairs beside one whose contract value it cannot use, and tells who asks for that one', () => {
    const sound = { instId: 'BTC-USDT', contractValue: '0.001' };
    for (const contractValue of ['0', '', undefined, '-1', 'x', null]) {
      const listed = parseInstruments([{ instId: '1000NEW-USDT', contractValue, state: 'suspend' }, sound]);
      expect([...listed.keys()]).toEqual(['BTC-USDT']);
      expect(listingsOf(['BTC-USDT'], listed)).toHaveLength(1);
      expect(() => listingsOf(['BTC-USDT', 'NEW-USDT'], listed)).toThrow(
        /^The exchange states contract value .* for 1000NEW-USDT/,
      );
    }
  });

  it('warns of a pair that cannot be read once, however often the list is asked for', async () => {
    const lines: { pairs?: object }[] = [];
    const sink = new Writable({
      write(chunk, _, done) {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    });
    const log = pino(sink);
    const rows = [
      { instId: 'BTC-USDT', contractValue: '0.001' },
      { instId: 'NEW-USDT', contractValue: '' },
    ];
    const listings = new Listings(
      async () => ({ instruments: parseInstruments(rows), origin: { venue: 'blofin', kind: 'live' } as const }),
      log,
    );
    for (let i = 0; i < 3; i++) expect([...(await listings.ask()).keys()]).toEqual(['BTC-USDT']);
    expect(lines.map(({ pairs }) => Object.keys(pairs ?? {}))).toEqual([['NEW-USDT']]);
    await expect(listings.of('NEW-USDT')).rejects.toThrow(/contract value "" for NEW-USDT/);
    await expect(listings.of('OLD-USDT')).rejects.toThrow(/does not list OLD-USDT/);
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
