import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mappedTicks, tickTarget } from './mapped_ticks.ts';
import { parseMapping } from './mapping.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-mapped-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function open(text: string, map = '', options = {}) {
  const path = join(directory, 'file.csv');
  writeFileSync(path, text);
  const mapping = map ? parseMapping(map, tickTarget) : new Map();
  return mappedTicks(path, { venue: 'v', mapping, time: {}, ...options });
}

it('asks for what ticks cannot do without', async () => {
  const symbol = 'symbol=A-USDT';
  await expect(open('price', symbol)).rejects.toThrow(/when the rows/);
  await expect(open('ts,size', symbol)).rejects.toThrow(/Nothing says the price/);
  await expect(open('ts,price', `kind=trade,${symbol}`)).rejects.toThrow(/the size of the trades/);
  await expect(open('ts,bid,size', symbol)).rejects.toThrow(/the price of the trades/);
  await expect(open('ts,price', `kind=bar,${symbol}`)).rejects.toThrow(/no kind of tick/);
  await expect(open('ts,price', `side=maker,${symbol}`)).rejects.toThrow(/no side/);
  await expect(open('ts,price', '')).rejects.toThrow(/which symbol/);
});

it('asks for names where a file has none, and takes them', async () => {
  const figures = '1772359200,1.5,2\n';
  await expect(open(figures, 'symbol=A-USDT')).rejects.toMatchObject({
    sentence: expect.stringMatching(/begins with figures.*--columns time,price/),
  });
  const columns = ['ts', 'price', 'size'];
  await expect(open(figures, 'symbol=A-USDT', { columns: ['ts', 'price'] })).rejects.toThrow(/3 cells where 2/);
  expect(await open(figures, 'symbol=A-USDT', { columns })).toMatchObject({ venue: 'v', numbered: false });
  await expect(open('', 'symbol=A-USDT')).rejects.toThrow(/is empty/);
  await expect(open('\nts,price', 'symbol=A-USDT')).rejects.toThrow(/begins with an empty line/);
});
