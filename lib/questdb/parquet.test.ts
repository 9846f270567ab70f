import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { digest } from '#lib/frame.ts';
import { appendRows } from './append.ts';
import { QuestDb } from './database.ts';
import { exportQuery } from './export.ts';
import { openPlain } from './parquet/plain_file.ts';
import { digestOfFile, exportParquet, readFrame } from './parquet.ts';

const table = `parquet_${randomUUID().slice(0, 8)}`;
const minute = 60_000_000;
const t0 = Date.UTC(2026, 0, 5) * 1_000;
let db: QuestDb;
let directory: string;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  directory = mkdtempSync(join(tmpdir(), "tickforest-it's parquet-"));
  await db.query(
    `create table "${table}" (ts timestamp, symbol symbol, a double, b double, n long, k int, yes boolean)
     timestamp(ts) partition by day wal`,
  );
  // Out of order in time and by symbol, with a null in each of several rows.
  const row = (at: number, symbol: string, a: number | null, b: number | null, n: number | null, k = at) => ({
    ...{ ts: t0 + at * minute + 1, symbols: { symbol }, doubles: { a, b }, longs: { n, k }, booleans: { yes: at > 1 } },
  });
  await appendRows(db.address, table, [
    row(2, 'ZZZ-USDT', 0.1 + 0.2, 2, 3),
    row(0, 'ZZZ-USDT', 1, 2, 2 ** 53),
    row(0, 'AAA-USDT', -5e-324, 2, -3),
    row(1, 'AAA-USDT', null, null, 3),
    row(1, 'ZZZ-USDT', 1, null, null),
    row(2, 'AAA-USDT', 1, 2, null),
    row(3, 'AAA-USDT', Number.MAX_VALUE, 2, 4),
  ]);
  await db.applied([table]);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await db.query(`drop table "${table}"`);
  await db.close();
});

const fetched = async (query: string, name = randomUUID()) => {
  const file = join(directory, 'deep', `${name}.parquet`);
  await exportParquet(db, query, file);
  return file;
};

describe('a frame by way of Parquet', () => {
  it('holds the whole rows, ordered by time and symbol, to the last bit, and tells what it left out and why', async () => {
    const { frame, excluded } = await readFrame(await fetched(`select * from "${table}"`));
    expect(excluded).toEqual([
      { symbol: 'AAA-USDT', reason: 'no finite a', rows: 1 },
      { symbol: 'ZZZ-USDT', reason: 'no finite b', rows: 1 },
      { symbol: 'AAA-USDT', reason: 'no finite n', rows: 1 },
    ]);
    expect(frame.rows).toBe(4);
    expect([...frame.ts]).toEqual([0, 0, 2, 3].map((at) => t0 + at * minute + 1));
    expect([...frame.symbolOf].map((index) => frame.symbols[index])).toEqual([
      ...['AAA-USDT', 'ZZZ-USDT', 'ZZZ-USDT', 'AAA-USDT'],
    ]);
    expect([...frame.columns.keys()]).toEqual(['a', 'b', 'n', 'k', 'yes']);
    expect([...frame.columns.get('a')!]).toEqual([-5e-324, 1, 0.30000000000000004, Number.MAX_VALUE]);
    expect([...frame.columns.get('n')!]).toEqual([-3, 2 ** 53, 3, 4]);
    expect([...frame.columns.get('yes')!]).toEqual([0, 0, 1, 1]);
  });

  it('is empty where the query is, and keeps its columns', async () => {
    const { frame, excluded } = await readFrame(await fetched(`select ts, symbol, a from "${table}" where a = 77`));
    expect([frame.rows, frame.symbols, [...frame.columns.keys()], excluded.length]).toEqual([0, [], ['a'], 0]);
  });

  it('keeps many rows in order', async () => {
    const query = `select timestamp_sequence('2026-01-05', 1000000) ts, cast(case when x % 2 = 0 then 'A' else 'B' end as symbol) symbol,
      cast(x as double) / 3 as v from long_sequence(20000)`;
    const { frame } = await readFrame(await fetched(query));
    expect(frame.rows).toBe(20_000);
    expect(frame.columns.get('v')!.every((value, i) => value === (i + 1) / 3)).toBe(true);
    expect(frame.ts.every((ts, i) => ts === t0 + i * 1_000_000)).toBe(true);
  });

  it.each([1_000, 25_000])(
    'reads %i rows of many columns in the order of a frame, in shared memory too, and digests the same',
    async (rows) => {
      const columns = Array.from({ length: 40 }, (_, c) => `cast(x * ${c + 1} as double) / 7 as c${c}`);
      // Neither in the order of time nor of symbols: the file has the rows as the query gives them.
      const query = `select dateadd('s', cast((x * 7919) % ${rows} as int), to_timestamp('2026-01-05', 'yyyy-MM-dd')) ts,
      cast(case when x % 3 = 0 then 'B' else 'A' end as symbol) symbol, ${columns.join(', ')} from long_sequence(${rows})`;
      const file = await fetched(query);
      const { frame } = await readFrame(file, true);
      const x = frame.columns.get('c0')!.map((value) => Math.round(value * 7));
      expect(new Set(x).size).toBe(rows);
      const order = frame.ts.every(
        (ts, i) => ts === t0 + ((x[i] * 7919) % rows) * 1_000_000 && (i === 0 || frame.ts[i - 1] <= ts),
      );
      expect(order).toBe(true);
      expect(frame.symbolOf.every((symbol, i) => frame.symbols[symbol] === (x[i] % 3 === 0 ? 'B' : 'A'))).toBe(true);
      for (let c = 0; c < 40; c++)
        expect(frame.columns.get(`c${c}`)!.every((value, i) => value === (x[i] * (c + 1)) / 7)).toBe(true);
      expect(
        [frame.ts, frame.symbolOf, ...frame.columns.values()].every(
          ({ buffer }) => buffer instanceof SharedArrayBuffer,
        ),
      ).toBe(true);
      expect(await digestOfFile(file)).toBe(digest(frame));
      expect(digest((await readFrame(file)).frame)).toBe(digest(frame));
    },
  );

  it.each([
    ['of a table', (table: string) => `select * from "${table}"`],
    ['of a query', (table: string) => `select * from "${table}" where symbol <> 'S7' and v > 0.001`],
    ['ordered by value', (table: string) => `select * from "${table}" order by v`],
  ])('says the same read as it lies there and by DuckDB: %s', async (_, query) => {
    const many = `parquet_${randomUUID().slice(0, 8)}`;
    await db.query(
      `create table "${many}" as (
         select timestamp_sequence('2026-01-05', 100000) ts, cast('S' || (x * 7) % 300 as symbol) symbol,
           cast(x as double) / 7 v, case when x % 11 = 0 then null else cast(x as double) * 1e-300 end d,
           case when x % 5 = 0 then null else x - 1000 end n, cast(x % 3 as int) k
         from long_sequence(9000)
       ) timestamp(ts) partition by day wal`,
    );
    await db.applied([many]);
    const [plain, packed] = [await fetched(query(many)), join(directory, `${many}.parquet`)];
    await exportQuery(db, query(many), packed, 'parquet');
    const opened = openPlain(plain);
    expect(opened?.head.names).toEqual(['v', 'd', 'n', 'k']);
    opened?.close();
    expect(openPlain(packed)).toBeUndefined();
    const [one, other] = [await readFrame(plain), await readFrame(packed)];
    expect(one.frame.rows).toBeGreaterThan(6_000);
    expect(one.excluded).toEqual(other.excluded);
    expect(digest(one.frame)).toBe(digest(other.frame));
    await db.query(`drop table "${many}"`);
  });

  it('has no digest where a row would be left out', async () => {
    expect(await digestOfFile(await fetched(`select * from "${table}"`))).toBeUndefined();
  });

  it('waits its turn where the server limits exports, and gets each answer whole', async () => {
    const query = (of: number) => `select timestamp_sequence('2026-01-05', 1) ts, cast('S' as symbol) symbol,
      cast(x + ${of} as double) v from long_sequence(200000)`;
    const files = await Promise.all(Array.from({ length: 8 }, (_, i) => fetched(query(i * 1_000_000))));
    for (const [i, file] of files.entries()) {
      const { frame } = await readFrame(file);
      expect([frame.rows, frame.columns.get('v')![0]]).toEqual([200_000, i * 1_000_000 + 1]);
    }
  });

  it('is not empty because one answer was', async () => {
    const answers = await Promise.all(
      ['select * from "T" where false', 'select * from "T"'].map(async (query) =>
        readFileSync(await fetched(query.replace('T', table))),
      ),
    );
    let asked = 0;
    const server = createServer((_, response) => response.end(answers[asked++]));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fake = new QuestDb({ ...db.address, httpPort: (server.address() as AddressInfo).port });
    try {
      const file = join(directory, 'second.parquet');
      await exportParquet(fake, 'select 1', file);
      expect(asked).toBe(2);
      expect((await readFrame(file)).frame.rows).toBe(4);
    } finally {
      await fake.close();
      server.closeAllConnections();
      server.close();
    }
  });

  it('has a connection of its own, because QuestDB ends one that has refused an export', async () => {
    const answer = readFileSync(await fetched(`select * from "${table}"`));
    let asked = 0;
    const server = createServer((_, response) =>
      asked++ === 0 ? response.writeHead(429).end('busy') : response.end(answer),
    );
    let connections = 0;
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fake = new QuestDb({ ...db.address, httpPort: (server.address() as AddressInfo).port });
    try {
      await exportParquet(fake, 'select 1', join(directory, 'own.parquet'));
      expect([asked, connections]).toEqual([2, 2]);
    } finally {
      await fake.close();
      server.closeAllConnections();
      server.close();
    }
  });

  it('leaves no file behind a query that fails, and says why', async () => {
    const file = join(directory, 'bad.parquet');
    await expect(exportParquet(db, 'select nothing from nowhere', file)).rejects.toThrow(/nowhere/);
    await expect(exportParquet(db, `select * frm "${table}"`, file)).rejects.toThrow(/QuestDB refuses the statement/);
    expect([existsSync(file), existsSync(`${file}.new`)]).toEqual([false, false]);
  });

  it('says which file cannot be read', async () => {
    const file = join(directory, 'broken.parquet');
    writeFileSync(file, 'PAR1 and no more');
    await expect(readFrame(file)).rejects.toThrow(/broken\.parquet could not be read/);
    await expect(readFrame(join(directory, 'none.parquet'))).rejects.toThrow(/none\.parquet could not be read/);
  });
});
