import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '#lib/testing/eventually.ts';
import { QuestDb } from './database.ts';
import { type Answer, onlyReading, readAnswer } from './reading.ts';
import { Refused } from './refused.ts';

const table = `reading_${randomUUID().slice(0, 8)}`;
let db: QuestDb;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  await db.query(
    `create table ${table} (ts timestamp, day date, d double, f float, l long, i int, b boolean, u uuid, s symbol, t varchar,
     a double[], aa double[][]) timestamp(ts) partition by day wal`,
  );
  await db.query(
    `insert into ${table} values
     ('2026-03-01T00:00:00.123456Z', '2026-03-01T01:02:03.004Z', 1.0E-7, 0.25, 9223372036854775807, -3, true,
      '11111111-2222-3333-4444-555555555555', 'BTC-USDT', 'it''s {NULL}', ARRAY[1.0, null, 2.5E-9], ARRAY[[1.0, 2.0], [3.0, 4.0]]),
     ('2026-03-01T00:00:01.000000Z', null, null, null, 9007199254740991, null, null, null, null, null, null, null)`,
  );
  await db.applied([table]);
});
afterAll(async () => {
  await db.query(`drop table ${table}`);
  await db.close();
});

async function read(statement: string, { limit, apart = 100 }: { limit?: number; apart?: number } = {}) {
  const parts: Answer[] = [];
  for await (const part of readAnswer(db.address, onlyReading(statement, limit).text, apart)) parts.push(part);
  return parts;
}

describe('an answer', () => {
  it('has every type as JSON can say it', async () => {
    const [{ columns, rows }] = await read(table);
    expect(Object.fromEntries(columns.map(({ name }, i) => [name, rows[0][i]]))).toEqual({
      ts: '2026-03-01T00:00:00.123456Z',
      day: '2026-03-01T01:02:03.004Z',
      ...{ d: 1e-7, f: 0.25, l: '9223372036854775807', i: -3, b: true },
      ...{ u: '11111111-2222-3333-4444-555555555555', s: 'BTC-USDT', t: "it's {NULL}" },
      ...{
        a: [1, null, 2.5e-9],
        aa: [
          [1, 2],
          [3, 4],
        ],
      },
    });
    // A boolean is never null in QuestDB.
    expect(rows[1]).toEqual([
      '2026-03-01T00:00:01.000000Z',
      ...[null, null, null, 9007199254740991, null, false, null, null, null, null, null],
    ]);
    expect(columns.map(({ kind }) => kind)).toEqual([
      ...['time', 'time', 'double', 'double', 'number', 'number', 'boolean', 'text', 'text', 'text', 'array', 'array'],
    ]);
  });

  it('comes in parts, the last one smaller', async () => {
    const parts = await read('select x from long_sequence(10)', { apart: 4 });
    expect(parts.map(({ rows }) => rows.flat())).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10],
    ]);
  });

  it('has its columns where it has no rows', async () => {
    expect(await read('select x from long_sequence(10) where x > 10')).toEqual([
      { columns: [{ name: 'x', kind: 'number' }], rows: [] },
    ]);
  });

  it('is fetched part by part: of one that would take for ever, the first comes', async () => {
    for await (const { rows } of readAnswer(
      db.address,
      onlyReading('select x from long_sequence(1e15::long)').text,
      3,
    )) {
      expect(rows).toEqual([[1], [2], [3]]);
      break;
    }
  });

  it('ends at the signal, in QuestDB as well', async () => {
    const mark = randomUUID();
    const endless = `select sum(a.x * b.x) '${mark}' from long_sequence(10000000) a cross join long_sequence(10000000) b`;
    const running = `select query from query_activity() where query like '%${mark}%' and query not like '%query_activity%'`;
    const controller = new AbortController();
    const parts = readAnswer(db.address, onlyReading(endless).text, 1, controller.signal);
    const ended = expect(parts.next()).rejects.toThrow(/abort/);
    await eventually(async () => expect(await db.query(running)).toHaveLength(1));
    controller.abort();
    await ended;
    await eventually(async () => expect(await db.query(running)).toEqual([]));
  });
});

describe('only reading', () => {
  it.each([
    ['select x from long_sequence(5) -- all of them', [1, 2, 3]],
    ['(select 1 x) union all (select 2 x)', [1, 2]],
    ['with a as (select x from long_sequence(2)) select x from a order by x desc', [2, 1]],
    ['declare @x := 7 select @x', [7]],
    ['select x from long_sequence(9) order by x desc', [9, 8, 7]],
    ['select x from long_sequence(9) limit -2', [8, 9]],
  ])('%s', async (statement, expected) => {
    expect((await read(statement, { limit: 3 })).flatMap(({ rows }) => rows.flat())).toEqual(expected);
  });

  it.each(['show tables', `show columns from ${table}`, `show create table ${table}`, 'tables()', 'show parameters'])(
    '%s',
    async (statement) => expect((await read(statement))[0].rows.length).toBeGreaterThan(0),
  );

  // Sent as they are, each of these would change the table or the database; none of their words is looked at here.
  it.each([
    `insert into ${table} (ts) values (now())`,
    `with a as (select now() ts) insert into ${table} (ts) select ts from a`,
    `update ${table} set d = 2`,
    `truncate table ${table}`,
    `drop table ${table}`,
    `alter table ${table} drop column d`,
    `rename table ${table} to ${table}_2`,
    `create table ${table}_2 as (select 1)`,
    `select 1) ; truncate table ${table}; select * from (select 1`,
    `select 1); truncate table ${table} --`,
    `select 1 /* */ ); drop table ${table}; /*`,
    `-- \n select 1; drop table ${table}`,
  ])('QuestDB refuses %j', async (statement) => {
    await expect(read(statement)).rejects.toThrow(Refused);
    expect(await db.query(`select count() n, sum(d) d from ${table}`)).toEqual([{ n: 2, d: 1e-7 }]);
    expect(await db.query(`select 1 from tables() where table_name like '${table}%'`)).toHaveLength(1);
  });

  it.each([`insert into ${table} (ts) values (now())`, `update ${table} set d = 2`])(
    'EXPLAIN shows the plan of %j and runs nothing',
    async (statement) => {
      const [{ rows }] = await read(`-- why\n/* and */ explain ${statement}`);
      expect(rows[0][0]).toMatch(new RegExp(`(Insert into|Update) table: ${table}`));
      await db.applied([table]);
      expect(await db.query(`select count() n, sum(d) d from ${table}`)).toEqual([{ n: 2, d: 1e-7 }]);
    },
  );

  it('EXPLAIN is no way in for a second statement', async () => {
    await expect(read(`explain select 1; truncate table ${table}`)).rejects.toThrow(Refused);
    expect(await db.query(`select count() n from ${table}`)).toEqual([{ n: 2 }]);
  });

  it('tells where the statement stumbles', async () => {
    const statement = `select d,\n  dd from ${table}`;
    const { text, offset } = onlyReading(statement, 5);
    const failure = await readAnswer(db.address, text, 1)
      .next()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Refused);
    const { reason, position } = failure as Refused;
    expect([reason, statement.slice(position! - offset)]).toEqual(['Invalid column: dd', `dd from ${table}`]);
  });

  it('says so where no server answers', async () => {
    const away = { ...db.address, pgPort: 1 };
    await expect(readAnswer(away, 'select 1', 1).next()).rejects.toThrow(/QuestDB at \S+:1 did not answer/);
  });
});
