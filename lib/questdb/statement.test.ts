import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from './database.ts';
import { bind, type Parameter, Timestamp } from './statement.ts';

describe('bind', () => {
  it('writes each kind of value as a literal', () => {
    const values = { a: "it's", b: 1.5, c: true, d: null, e: new Timestamp(1_500_001), f: ['x', "y'z"], g: -1e-7 };
    expect(bind(':a :b :c :d :e :f :g', values)).toBe(
      "'it''s' 1.5 true null '1970-01-01T00:00:01.500001Z'::timestamp ('x', 'y''z') -1e-7",
    );
  });

  it('passes over casts, strings, quoted names, and comments, whatever they hold', () => {
    const text = [
      "-- don't :touch {this}",
      `select x::timestamp, 'a:b {c} -- d', 'it''s :e', "f:g" -- :h '`,
      'where t = :t',
    ].join('\n');
    expect(bind(text, { t: 1 })).toBe(`select x::timestamp, 'a:b {c} -- d', 'it''s :e', "f:g" \nwhere t = 1`);
  });

  it('casts a parameter, and takes one twice', () => {
    expect(bind(':a::timestamp = :a', { a: 'x' })).toBe("'x'::timestamp = 'x'");
  });

  it('does not put parameters into the values of others', () => {
    expect(bind(':a :b', { a: ':b', b: '{a} $1 $& -- x' })).toBe("':b' '{a} $1 $& -- x'");
  });

  it('wants each parameter and no other', () => {
    expect(() => bind('select :a', {})).toThrow(/parameter :a .*not given/);
    expect(() => bind('select 1', { a: 1 })).toThrow(/no parameter :a/);
    expect(() => bind("select ':a'", { a: 1 })).toThrow(/no parameter :a/);
    // A name that every object has.
    expect(() => bind('select :constructor', {})).toThrow(/:constructor .*not given/);
  });

  it('refuses what has no literal', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, [], 'a\nb', 'a\u0000b', ['a\rb']])
      expect(() => bind('select :a', { a: value as Parameter })).toThrow(RangeError);
    for (const micros of [1.5, Number.NaN, 2 ** 60]) expect(() => new Timestamp(micros)).toThrow(RangeError);
  });

  it('puts a bare word into braces and nothing else', () => {
    expect(bind('from candles_{timeframe}', { timeframe: '5m' })).toBe('from candles_5m');
    for (const word of ['5m; drop table x', '5m--', '', 'A', "x'y", 'a b', 5, null])
      expect(() => bind('from candles_{timeframe}', { timeframe: word })).toThrow(/is not a word/);
  });

  it('writes times before 1970 and the last microsecond of a second', () => {
    expect(String(new Timestamp(-1))).toBe('1969-12-31T23:59:59.999999Z');
    expect(String(new Timestamp(Date.UTC(2026, 0, 1) * 1_000 - 1))).toBe('2025-12-31T23:59:59.999999Z');
  });
});

describe('what QuestDB makes of it', () => {
  let db: QuestDb;
  beforeAll(() => {
    db = new QuestDb(inject('questdb'));
  });
  afterAll(() => db.close());

  it('comes back as it was, however it tries to break out', async () => {
    const attacks = [
      "'; drop table ticks; --",
      "' or '1'='1",
      "''",
      "'",
      "\\'; select 1; --",
      '\\',
      '/* x */ -- y',
      ':a {b} $1 ?',
      '"quoted"',
      'é 東京 🙂 \u2028',
    ];
    for (const text of attacks) {
      expect(await db.query(bind('select :a as a, length(:a) as n', { a: text }))).toEqual([
        { a: text, n: text.length },
      ]);
      expect(
        await db.query(bind('select 1 as one from long_sequence(1) where :a in :list', { a: text, list: ['x', text] })),
      ).toHaveLength(1);
    }
    expect(await db.query("select table_name from tables() where table_name = 'ticks'")).toHaveLength(1);
  });

  it('keeps doubles and microseconds exactly', async () => {
    for (const value of [0.1, 1e-7, 1.7976931348623157e308, -5e-324, 123456789.12345679, 2 ** 53]) {
      const [row] = await db.query<{ v: number }>(bind('select cast(:v as double) as v', { v: value }));
      expect(row.v).toBe(value);
    }
    const micros = Date.UTC(2026, 1, 28, 23, 59, 59) * 1_000 + 999_999;
    const [row] = await db.query(bind('select cast(:t as long) as t', { t: new Timestamp(micros) }));
    expect(row).toEqual({ t: micros });
  });

  it('reports a number that does not fit as that, and a bad statement with its text', async () => {
    await expect(db.query('select 9007199254740993 as n')).rejects.toThrow(/9007199254740993 does not fit/);
    await expect(db.query('select nothing from nowhere')).rejects.toThrow(/QuestDB: .*nowhere.* in: select nothing/);
  });
});
