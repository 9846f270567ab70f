import { describe, expect, it } from 'vitest';
import { oneQuery } from './one_query.ts';

describe('one query', () => {
  it.each([
    'SELECT 1',
    'ticks LIMIT -5',
    '(SELECT 1) UNION ALL (SELECT 2)',
    'WITH a AS (SELECT 1 x) SELECT x FROM a',
    'DECLARE @x := 1 SELECT @x',
    'SHOW TABLES',
    'EXPLAIN SELECT 1',
    "SELECT 'drop; insert into' AS text",
    'SELECT "update", "a;b" FROM t -- ; drop table t',
    'SELECT 1 /* ; drop table t */ + 1',
    "SELECT 'it''s; one' x",
    'SELECT created, "set" FROM updates',
  ])('%s', (text) => {
    expect(oneQuery(text)).toBe(text);
  });

  it('leaves out the semicolon at the end, and what follows it', () => {
    expect(oneQuery('SELECT 1;')).toBe('SELECT 1');
    expect(oneQuery('SELECT 1 -- one;\n;; -- no more\n/* ; */')).toBe('SELECT 1 -- one;\n');
  });

  it.each([
    ['DROP TABLE t', 'DROP'],
    ['  (truncate table t)', 'TRUNCATE'],
    ['-- SELECT\ninsert into t values (1)', 'INSERT'],
    ['/* SELECT 1; */ UPDATE t SET a = 1', 'UPDATE'],
    ["COPY t FROM 'x.csv'", 'COPY'],
    ['CREATE TABLE u AS (SELECT * FROM t)', 'CREATE'],
    ['WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a', 'INSERT'],
    ["WITH a AS (SELECT ')' x) UPDATE t SET a = 1", 'UPDATE'],
    ['SET x = 1', 'SET'],
  ])('refuses %j', (text, word) => {
    expect(() => oneQuery(text)).toThrow(`sql only reads, and does not run ${word}.`);
  });

  it.each(['SELECT 1; SELECT 2', 'SELECT 1; DROP TABLE t', "SELECT ';'; --\n x", 'SHOW TABLES;;;t'])(
    'refuses several statements: %j',
    (text) => expect(() => oneQuery(text)).toThrow('These are several statements, and sql runs one.'),
  );

  it.each(['', ' \n', ';', '-- SELECT 1', '/* SELECT 1 */ ;'])('refuses %j, which has none', (text) => {
    expect(() => oneQuery(text)).toThrow('There is no statement.');
  });
});
