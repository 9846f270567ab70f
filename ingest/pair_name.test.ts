import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairOf, pairOfFileName } from './pair_name.ts';

describe('pairOf', () => {
  it.each([
    ...['SOL-USDT', 'sol/usdt', 'SOL_USDT', ' SOLUSDT ', 'SOL/USDT:USDT', 'SOL-USDT-SWAP', 'SOLUSDT_PERP'].map(
      (name) => [name, 'SOL-USDT'],
    ),
    ...[
      ['XBTUSD', 'BTC-USD'],
      ['XBT/USDT', 'BTC-USDT'],
      ['ETHXBT', 'ETH-BTC'],
      ['XXBTZEUR', 'BTC-EUR'],
      ['XETHXXBT', 'ETH-BTC'],
      ['XDGUSD', 'DOGE-USD'],
      ['XRPUSD', 'XRP-USD'],
      ['LTCBUSD', 'LTC-BUSD'],
      ['XRPFDUSD', 'XRP-FDUSD'],
      ['ADATUSD', 'ADA-TUSD'],
      ['USDCTUSD', 'USDC-TUSD'],
      ['SOLUSD1', 'SOL-USD1'],
      ['FDUSDUSDT', 'FDUSD-USDT'],
      ['DOTUSD', 'DOT-USD'],
      ['SHIBUSD', 'SHIB-USD'],
      ['USDTUSD', 'USDT-USD'],
      ['TUSDT', 'T-USDT'],
      ['1INCHUSDT', '1INCH-USDT'],
      ['KRW-BTC', 'KRW-BTC'],
      ['BTC-MXNB', 'BTC-MXNB'],
    ],
  ])('reads %s as %s', (name, symbol) => {
    expect(pairOf(name)).toEqual({ symbol, power: 0 });
  });

  it.each([
    ['1000BONKUSDT', 'BONK-USDT', 3],
    ['1000bonk-usdt', 'BONK-USDT', 3],
    ['1000BONK/USDT:USDT', 'BONK-USDT', 3],
    ['1000000MOGUSDC', 'MOG-USDC', 6],
    ['1MBABYDOGEUSDT', 'BABYDOGE-USDT', 6],
  ])('reads %s as %s by 10^%d', (name, symbol, power) => {
    expect(pairOf(name)).toEqual({ symbol, power });
  });

  it.each([
    ...['', ' ', 'BTC', 'USDT', 'FDUSD', 'TUSD', 'WBTC', 'STETH', 'NASDAQ', 'BTC-USDT-240927', 'BTCUSDT_240927'],
    ...[
      'BTC/USDT:USDT-240927',
      'BTC-27SEP24',
      'XBTM24',
      'ARBUSD',
      'BTC--USDT',
      'BTC-',
      '-USDT',
      'BTC-USDT-ETH',
      'B C-USDT',
    ],
    ...['BTC-PERP', 'ΒTC-USDT', '01-BTCUSDT', 'FUTURES_BTCUSDT', '24-USDT'],
  ])('makes nothing of %j', (name) => {
    const pair = pairOf(name);
    // A perpetual that does not say its quote may be named, but never by a coin that there is not.
    expect(pair).toBeNull();
  });

  it('gives a name that means itself, whatever comes in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Z0-9]{1,6}[-_/]?(USD|USDT|TUSD|BTC)$/)), (name) => {
        const pair = pairOf(name);
        if (!pair) return;
        expect(pair.symbol).toMatch(/^[A-Z0-9]+-[A-Z0-9]+$/);
        // 10001000X would lose its second thousand.
        if (pair.power === 0) expect(pairOf(pair.symbol)).toEqual({ symbol: pair.symbol, power: 0 });
      }),
    );
  });
});

describe('pairOfFileName', () => {
  it('reads names in capitals, alone or at the end', () => {
    const read = (name: string) => pairOfFileName(name)?.symbol;
    for (const name of [
      'BTC-USDT.csv',
      'BTCUSDT.csv.gz',
      'XBTUSDT.parquet',
      'um-BTC-USDT.feather',
      '2026-03-01_BTCUSDT.csv',
    ])
      expect(read(name), name).toBe('BTC-USDT');
    for (const name of [
      'trades.csv',
      'btc-usdt.csv',
      'myeth.csv',
      '2026-03.csv',
      'BTC-USDT-1m.csv',
      'WBTC.csv',
      'README',
    ])
      expect(read(name), name).toBeUndefined();
    expect(pairOfFileName('1000PEPE-USDT.csv')).toEqual({ symbol: 'PEPE-USDT', power: 3 });
  });
});
