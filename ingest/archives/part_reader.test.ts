import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mappedTicks } from './mapped_ticks.ts';
import { PartReader } from './part_reader.ts';
import { survey } from './survey.ts';

const now = Date.UTC(2024, 7, 9) * 1_000;
const ts = Date.UTC(2024, 7, 8);
const header = 'ts,symbol,kind,event_id,price,size,side,bid,ask';
const sound = (i: number) => `${ts + i},BTC-USDT,trade,${i},100.5,2,buy,,`;

/** A line as an archive may have it, and the reason to refuse it; null where its row is taken. */
const lines: [string, string | null][] = [
  [`  ${ts} ,BTC-USDT,trade,a, 100.5 ,2,buy,,`, null],
  [`000${ts},BTC-USDT,trade,b,00100.50,02,buy,,`, null],
  [`${ts},btc/usdt,TRADE,c,1.005e2,2,BUY,,`, null],
  [`${ts},BTC-USDT,trade,"d",100.5,2,buy,,`, null],
  [`${ts},BTC-USDT,quote,e,,,,1,2`, null],
  [`${ts},BTC-USDT,trade,f,inf,2,buy,,`, 'price is not a number'],
  [`${ts},BTC-USDT,trade,g,nan,2,buy,,`, 'price is not a number'],
  [`${ts},BTC-USDT,trade,h,0x64,2,buy,,`, 'price is not a number'],
  [`${ts},BTC-USDT,trade,i,100.5,-Infinity,buy,,`, 'size is not a number'],
  [`${ts},BTC-USDT,trade,j,-100.5,2,buy,,`, 'price is not positive'],
  [`${ts},BTC-USDT,trade,k,,2,buy,,`, 'price is not a number'],
  [`${ts},BTC-USDT,trade,,100.5,2,buy,,`, 'trade without an id'],
  [`,BTC-USDT,trade,l,100.5,2,buy,,`, 'time is not a number'],
  [`-${ts},BTC-USDT,trade,m,100.5,2,buy,,`, 'time is out of range'],
  [`${ts * 2},BTC-USDT,trade,n,100.5,2,buy,,`, 'time is too far ahead'],
  [`${ts},BTC-USDT,trade,o,100.5,2,maker,,`, null],
  [`${ts},BTC-USDT,quote,p,,,,2,1`, 'bid above ask'],
  [`${ts},BTC-USDT,trade,q,100.5,2,buy,`, 'malformed row'],
  [`${ts},BTC-USDT,trade,r,100.5,2,buy,,,`, 'malformed row'],
  ['   ', 'malformed row'],
];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-part-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What becomes of a file, part by part: the refused rows, and all rows that are written for QuestDB. */
async function read(content: string, bytes: number, draft?: string) {
  const path = join(directory, 'file.csv');
  writeFileSync(path, content);
  const file = await mappedTicks(path, { venue: 'v', mapping: new Map(), time: {} });
  const reader = await PartReader.open(directory, draft);
  const reading = {
    ...{ file, survey: await survey(reader.database, file, directory, bytes), place: 0, began: now, touching: [] },
  };
  const [refused, files]: [string[], string[]] = [[], []];
  try {
    await reader.begin(reading);
    let lines = 0;
    for await (const part of file.parts(directory, 0, bytes)) {
      lines += (await reader.read(reading, part, lines)).rows;
      if ((await reader.refused()).length > 0)
        refused.push(...(await reader.refusedRows(100)).map(({ reason, raw }) => `${raw}: ${reason}`));
      const written = join(directory, `part-${files.length}.parquet`);
      if ((await reader.days()).length > 0) {
        await reader.writeParquet(written);
        files.push(written);
      }
    }
  } finally {
    await reader.close();
  }
  return { refused, rows: await rowsOf(files) };
}

async function rowsOf(files: string[]) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const list = files.map((file) => `'${file}'`).join(', ');
  const result = await connection.runAndReadAll(
    `SELECT epoch_us(ts) // 1000 AS ts, symbol, kind, event_id, price, size, side, bid, ask
     FROM read_parquet([${list}], union_by_name = true)`,
  );
  instance.closeSync();
  return result.getRows().map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)));
}

describe('the rows of a part', () => {
  it('come out in the order of the file, whatever their names mean, when they are written while they are checked', async () => {
    const names = ['BTCUSDT', '1000PEPEUSDT', 'ETH-USDT'];
    const many = Array.from({ length: 150_000 }, (_, i) => `${ts},${names[i % 3]},trade,${i},100,2,b,,`);
    const { rows } = await read([header, ...many].join('\n'), 1 << 26, join(directory, 'draft.parquet'));
    expect(rows.length).toBe(many.length);
    const symbols = ['BTC-USDT', 'PEPE-USDT', 'ETH-USDT'];
    const wrong = rows.findIndex(
      ([, symbol, , id, price, size, side], i) =>
        symbol !== symbols[i % 3] || id !== String(i) || side !== 'buy' || Number(price) * Number(size) !== 200,
    );
    expect(wrong).toBe(-1);
    expect(rows[1].slice(4, 6)).toEqual([0.1, 2_000]);
  });
});

describe('a part that is written while it is checked', () => {
  const all = [sound(0), sound(1), ...lines.map(([line]) => line), '', sound(2), sound(3)];
  const drafted = () => join(directory, 'draft.parquet');

  it('takes and refuses what it does when every row is kept', async () => {
    const content = [header, ...all].join('\r\n');
    const kept = await read(content, 1 << 20);
    expect(kept.refused).toEqual(lines.filter(([, reason]) => reason).map(([line, reason]) => `${line}: ${reason}`));
    const ids = kept.rows.map((row) => row[3]);
    expect(ids.sort()).toEqual(['0', '1', '2', '3', 'a', 'b', 'c', 'd', 'e', 'o']);
    expect(await read(content, 1 << 20, drafted())).toEqual(kept);
    // Parts of two lines: some sound, some not, in turn.
    expect(await read(content, 120, drafted())).toEqual(await read(content, 120));
  });

  it('has the very numbers of the file, in order of time', async () => {
    const content = [header, sound(3), sound(1), `${ts + 2},BTC-USDT,quote,q,,,,0.1,0.3`, sound(0)].join('\n');
    const row = (i: number) => [ts + i, 'BTC-USDT', 'trade', String(i), 100.5, 2, 'buy', null, null];
    const quote = [ts + 2, 'BTC-USDT', 'quote', 'q', null, null, null, 0.1, 0.3];
    const expected = { refused: [], rows: [row(0), row(1), quote, row(3)] };
    expect(await read(content, 1 << 20, drafted())).toEqual(expected);
    expect(await read(content, 1 << 20)).toEqual(expected);
  });
});
