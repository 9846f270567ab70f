import { describe, expect, it } from 'vitest';
import { parseMapping, resolveMapping } from './mapping.ts';

describe('parseMapping', () => {
  it('reads pairs and refuses what is none', () => {
    expect([...parseMapping('ts=time, price = last price,symbol=BTC-USDT')]).toEqual([
      ['ts', 'time'],
      ['price', 'last price'],
      ['symbol', 'BTC-USDT'],
    ]);
    expect(() => parseMapping('ts')).toThrow(/maps nothing/);
    expect(() => parseMapping('ts=a,ts=b')).toThrow(/mapped twice/);
    expect(() => parseMapping('time=a')).toThrow(/no column time/);
  });
});

describe('resolveMapping', () => {
  const resolve = (header: string, map: string, path = 'file.csv') =>
    Object.fromEntries(resolveMapping(path, header.split(','), map ? parseMapping(map) : new Map()));

  it('takes columns of the same name, mapped ones, constants, and the symbol from the name', () => {
    expect(resolve('ts,price,qty', 'size=qty', 'um-BTC-USDT.csv.gz')).toEqual({
      ts: { column: 'ts' },
      price: { column: 'price' },
      size: { column: 'qty' },
      symbol: { constant: 'BTC-USDT' },
    });
    expect(resolve('ts,bid,pair', 'symbol=pair,kind=quote')).toMatchObject({
      symbol: { column: 'pair' },
      kind: { constant: 'quote' },
    });
  });

  it('asks for what ticks cannot do without', () => {
    const symbol = 'symbol=A-B';
    expect(() => resolve('price', symbol)).toThrow(/when the rows/);
    expect(() => resolve('ts,size', symbol)).toThrow(/Nothing says the price/);
    expect(() => resolve('ts,price', 'kind=trade,symbol=A-B')).toThrow(/the size of the trades/);
    expect(() => resolve('ts,bid,size', symbol)).toThrow(/the price of the trades/);
    expect(() => resolve('ts,price', '')).toThrow(/which symbol/);
    expect(() => resolve('ts,price', 'size=qty,symbol=A-B')).toThrow(/no column qty/);
    expect(() => resolve('ts,price', 'kind=bar,symbol=A-B')).toThrow(/no kind of tick/);
  });
});
