import { describe, expect, it } from 'vitest';
import { tickTarget } from './mapped_ticks.ts';
import { pairOfFile, parseMapping, resolveMapping } from './mapping.ts';

const parse = (text: string) => parseMapping(text, tickTarget);

describe('parseMapping', () => {
  it('reads pairs and refuses what is none', () => {
    expect([...parse('ts=time, price = last price,symbol=BTC-USDT')]).toEqual([
      ['ts', 'time'],
      ['price', 'last price'],
      ['symbol', 'BTC-USDT'],
    ]);
    expect(() => parse('ts')).toThrow(/maps nothing/);
    expect(() => parse('ts=a,ts=b')).toThrow(/mapped twice/);
    expect(() => parse('time=a')).toThrow(/no column time/);
  });
});

describe('resolveMapping', () => {
  const resolve = (header: string, map = '') =>
    Object.fromEntries(resolveMapping('file.csv', header.split(','), map ? parse(map) : new Map(), tickTarget));

  it('takes columns of the same name, capitals and underscores aside, mapped ones, and constants', () => {
    expect(resolve('ts,Price,qty,bidSize', 'size=qty')).toEqual({
      ...{ ts: { column: 'ts' }, price: { column: 'Price' }, size: { column: 'qty' }, bid_size: { column: 'bidSize' } },
    });
    expect(resolve('ts,bid,pair', 'symbol=pair,kind=quote')).toMatchObject({
      ...{ symbol: { column: 'pair' }, kind: { constant: 'quote' } },
    });
    expect(() => resolve('ts,price', 'size=qty')).toThrow(/no column qty/);
  });

  it.each(['is_buyer_maker', 'isBuyerMaker', 'm', 'BUYER_MAKER'])('finds %s, which says the side', (name) => {
    expect(resolve(`ts,price,${name}`)).toMatchObject({ is_buyer_maker: { column: name } });
  });
});

describe('pairOfFile', () => {
  it('takes what is told, else the name of the file, and asks where neither names a pair', () => {
    expect(pairOfFile('x.csv', { column: 'pair' })).toBeUndefined();
    expect(pairOfFile('x.csv', { constant: 'xbtusd' })).toEqual({ symbol: 'BTC-USD', power: 0 });
    expect(pairOfFile('/data/um-1000PEPEUSDT.csv.gz', undefined)).toEqual({ symbol: 'PEPE-USDT', power: 3 });
    expect(() => pairOfFile('x.csv', { constant: 'bitcoin' })).toThrow(/"bitcoin" names no pair/);
    expect(() => pairOfFile('/data/trades.csv', undefined)).toThrow(
      expect.objectContaining({ sentence: expect.stringMatching(/which symbol.*--map symbol=BTC-USDT/) }),
    );
  });
});
