import { expect, it } from 'vitest';
import { bringCandles } from './venue.ts';

it('names backfill only for venues that it can fetch from, and the venue and symbols that were asked for', () => {
  const files = './tickforest import candles-csv';
  expect(bringCandles()).toBe(`./tickforest backfill, or ${files} FILES`);
  expect(bringCandles('binance-um', ['A-USDT', 'B-USDT'])).toBe(
    `./tickforest backfill --venue binance-um --symbols A-USDT,B-USDT, or ${files} --venue binance-um FILES`,
  );
  expect(bringCandles('kraken', ['A-USDT'])).toBe(`${files} --venue kraken FILES`);
});
