import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCandles } from './candle_reader.ts';
import { mappedCandles } from './mapped_candles.ts';
import { mappedTicks, tickTarget } from './mapped_ticks.ts';
import { parseMapping } from './mapping.ts';
import { openTable } from './open_table.ts';
import { PartReader } from './part_reader.ts';
import { survey } from './survey.ts';

// Written by pandas 2 and pyarrow: see each test for what they hold.
const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const start = Date.UTC(2026, 2, 1, 10) * 1_000;

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-arrow-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a Feather file of pandas', () => {
  it.each(['trades_lz4.feather', 'trades_zstd.feather'])('keeps nanoseconds and ids of 64 bits: %s', async (name) => {
    const mapping = parseMapping('ts=time,symbol=pair,event_id=id', tickTarget);
    const file = await mappedTicks(fixture(name), { venue: 'v', mapping, time: {} });
    const reader = await PartReader.open(directory);
    try {
      const surveyed = await survey(reader.database, file, directory, 1 << 20);
      const reading = { file, survey: surveyed, place: 0, began: start + 1e9, touching: [] };
      await reader.begin(reading);
      for await (const part of file.parts(directory, 0, 1 << 20)) {
        await reader.read(reading, part, 0);
        const days = await reader.days();
        expect(days.map(({ symbol, rows, first, last }) => [symbol, rows, first - start, last - start]).sort()).toEqual(
          [
            ['BTC-USD', 1, 61_000_000, 61_000_000],
            ['BTC-USDT', 2, 0, 59_999_999],
            ['PEPE-USDT', 1, 60_000_000, 60_000_000],
          ],
        );
        // Its price is NaN. The row is told with the digits it came with.
        const [refused] = await reader.refusedRows(10);
        expect(refused).toMatchObject({
          reason: 'price is not a number',
          raw: '1772359260000000001,BTCUSDT,,1,sell,4',
        });
      }
      const [part] = await all(file.parts(directory, 0, 1 << 20));
      expect(readFileSync(part.lines!.file, 'utf8')).toContain('9007199254740993');
    } finally {
      await reader.close();
    }
  });
});

describe('an Arrow stream', () => {
  it('gives candles of whatever types, texts in a dictionary too', async () => {
    const [part] = await all(readCandles(await mappedCandles(fixture('ETH-USDT.arrow'), { venue: 'v' }), directory));
    expect(part.candles).toMatchObject([
      { symbol: 'ETH-USDT', ts: start, open: 1.5, high: 2.5, low: 1, close: 2, volume: 1, trades: 1 },
      { ts: start + 60_000_000, open: 2, volume: 2, trades: null },
    ]);
    expect(part.refused).toMatchObject([{ raw: '1772359320,3,4,1,2,x,3', reason: 'a value is not a number' }]);
  });

  it('is read in parts, and goes on from any of them', async () => {
    const path = join(directory, 'A-USDT.arrow');
    const tables = [0, 1, 2].map((i) => tableFromArrays({ open: Float32Array.from([0.1 + i]), other: [{ a: 1 }] }));
    writeFileSync(path, tableToIPC(tables[0].concat(...tables.slice(1)), 'file'));
    const table = await openTable(path, {});
    const read = async (from: number) => {
      const cells: string[] = [];
      for await (const part of table.parts(['open'], directory, from, 1))
        cells.push(readFileSync(part.lines!.file, 'utf8'));
      return cells.map((line) => line.split('\u001f')[0]);
    };
    expect(await read(0)).toEqual(['0.1', '1.1', '2.1']);
    expect(await read(2)).toEqual(['2.1']);
    await expect(all(table.parts(['other'], directory, 0, 1))).rejects.toThrow(/column other .*is not read/);
  });
});

it('says what cannot be read', async () => {
  const none = join(directory, 'none.feather');
  writeFileSync(none, 'no arrow');
  await expect(openTable(none, {})).rejects.toThrow(/could not be read as Arrow or Feather/);
  const torn = join(directory, 'torn.arrow');
  copyFileSync(fixture('trades_lz4.feather'), torn);
  writeFileSync(torn, readFileSync(torn).subarray(0, 1_500));
  const read = async () => {
    const table = await openTable(torn, {});
    for await (const part of table.parts(['price'], directory, 0, 1)) expect(part.rows).toBe(0);
  };
  await expect(read()).rejects.toThrow(/could not be read as Arrow or Feather/);
});
