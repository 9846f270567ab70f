import { describe, expect, it } from 'vitest';
import { binanceName, binanceVenue } from './binance_name.ts';

describe('binanceName', () => {
  it('tells our symbol and the multiple', () => {
    expect(binanceName('x/BTCUSDT-aggTrades-2024-08.zip', 'aggTrades')).toEqual({
      ...{ instrument: 'BTCUSDT', symbol: 'BTC-USDT', power: 0, kind: 'aggTrades' },
    });
    expect(binanceName('1000PEPEUSDT-trades-2024-12-31.csv', 'trades')).toMatchObject({
      ...{ symbol: 'PEPE-USDT', power: 3 },
    });
    expect(binanceName('1000000MOGUSDT-1m-2024-08.csv.gz', '1m')).toMatchObject({ symbol: 'MOG-USDT', power: 6 });
    expect(binanceName('1INCHUSDC-1m-2024-08.csv', '1m')).toMatchObject({ symbol: '1INCH-USDC', power: 0 });
  });

  it('says what is wrong with a name', () => {
    expect(() => binanceName('BTCUSDT.zip', 'trades')).toThrow(/not one of Binance's archive/);
    expect(() => binanceName('BTCUSDT-trades-2024-08.zip', 'aggTrades')).toThrow(/holds trades, not aggTrades/);
    expect(() => binanceName('BTCUSDT-5m-2024-08.zip', '1m')).toThrow(/holds 5m/);
    expect(() => binanceName('BTCUSDT_240927-trades-2024-08.zip', 'trades')).toThrow(/no pair/);
  });

  it('knows two markets', () => {
    expect(['um', 'spot', undefined].map((market) => binanceVenue(market, undefined))).toEqual([
      ...['binance-um', 'binance-spot', 'binance-um'],
    ]);
    expect(binanceVenue('spot', 'mine')).toBe('mine');
    expect(() => binanceVenue('cm', undefined)).toThrow(/no market/);
    expect(() => binanceVenue('um', "x'")).toThrow(/no name of a venue/);
  });
});
