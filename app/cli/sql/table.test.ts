import { describe, expect, it } from 'vitest';
import type { Answer, Kind, Value } from '#lib/questdb/reading.ts';
import { answerTable } from './table.ts';

const wide = Number.POSITIVE_INFINITY;
const answer = (columns: Record<string, Kind>, ...rows: Value[][]): Answer => ({
  columns: Object.entries(columns).map(([name, kind]) => ({ name, kind })),
  rows,
});
/** The lines between the borders, without these. */
const lines = (table: string) =>
  table
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) => line.slice(2, -2).split(' │ '));
const widest = (table: string) => Math.max(...table.split('\n').map((line) => line.length));

describe('the table of an answer', () => {
  it('has numbers to the right and the rest to the left, as wide as their content', () => {
    const table = answerTable(
      answer({ symbol: 'text', n: 'number', up: 'boolean' }, ['BTC-USDT', 7, true], ['X', 12_345, false]),
      wide,
    );
    expect(lines(table)).toEqual([
      ['symbol  ', '    n', 'up   '],
      ['BTC-USDT', '    7', 'true '],
      ['X       ', '12345', 'false'],
    ]);
  });

  it('tells null from an empty text and from zero', () => {
    const table = answerTable(answer({ a: 'text', b: 'double' }, [null, null], ['', 0]), wide);
    expect(lines(table).slice(1)).toEqual([
      ['–', '–'],
      [' ', '0'],
    ]);
  });

  it('rounds doubles to ten digits, but never a whole number, nor a string of digits', () => {
    const values = [0.1 + 0.2, 1e-7 / 3, 1234567890123.5, -2 / 3, 5e-324, 1e300];
    const shown = lines(answerTable(answer({ x: 'double' }, ...values.map((value) => [value])), wide)).slice(1);
    expect(shown.map(([text]) => text.trim())).toEqual([
      '0.3',
      '3.333333333e-8',
      '1234567890124',
      '-0.6666666667',
      '5e-324',
      '1e+300',
    ]);
    expect(answerTable(answer({ n: 'number' }, ['9223372036854775807']), wide)).toContain('9223372036854775807');
  });

  it('gives times as many decimals as one of the column needs', () => {
    const column = (...times: (string | null)[]) =>
      lines(answerTable(answer({ ts: 'time' }, ...times.map((time) => [time])), wide))
        .slice(1)
        .map(([text]) => text.trim());
    expect(column('2026-03-01T00:00:00.000000Z', null)).toEqual(['2026-03-01T00:00:00Z', '–']);
    expect(column('2026-03-01T00:00:00.000000Z', '2026-03-01T00:00:00.250000Z')).toEqual([
      '2026-03-01T00:00:00.000Z',
      '2026-03-01T00:00:00.250Z',
    ]);
    expect(column('2026-03-01T00:00:00.000001Z')).toEqual(['2026-03-01T00:00:00.000001Z']);
    expect(column('2026-03-01T00:00:00.000Z')).toEqual(['2026-03-01T00:00:00Z']);
  });

  it('writes arrays in brackets and keeps line breaks, and nothing that moves a cursor', () => {
    const table = answerTable(answer({ a: 'array', t: 'text' }, [[1, null, [2.5]], 'one\ntwo\u001b[31m\tend']), wide);
    expect(lines(table).slice(1)).toEqual(
      [
        ['[1,null,[2.5]]', 'one               '],
        ['              ', 'two\\x1b[31m  end   '],
      ].map(([a, t]) => [a, t.trimEnd().padEnd('two\\x1b[31m  end'.length)]),
    );
  });

  it('cuts texts, the widest first, and never a number or a time, where it is too wide', () => {
    const cells = ['2026-03-01T00:00:00.000001Z', 'x'.repeat(40), 123456789012, 'y'.repeat(20)];
    const table = answerTable(answer({ ts: 'time', a: 'text', n: 'number', b: 'text' }, cells), 84);
    expect(widest(table)).toBe(84);
    const [, [ts, a, n, b]] = lines(table);
    expect([ts, n]).toEqual([cells[0], String(cells[2])]);
    expect([a, b]).toEqual(
      [`${'x'.repeat(15)}…`, `${'y'.repeat(15)}…`].map((text, i) => text.padEnd([a, b][i].length)),
    );
  });

  it('is turned where cutting does not help: a line a column, as many rows beside one another as fit', () => {
    const columns = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`column_${i}`, 'double' as Kind]));
    const row = (by: number) => Object.keys(columns).map((_, i) => i * by);
    const table = answerTable(answer(columns, row(1), row(100_000), row(3)), 40);
    expect(widest(table)).toBeLessThanOrEqual(40);
    const shown = lines(table).map((line) => line.map((text) => text.trim()));
    expect(shown[0]).toEqual(['row', '1', '2', '3']);
    expect(shown[30]).toEqual(['column_29', '29', '2900000', '87']);
    const narrow = lines(answerTable(answer(columns, row(1), row(100_000), row(3)), 30));
    expect(narrow.filter(([name]) => name.startsWith('row')).map(([, ...rows]) => rows.length)).toEqual([2, 1]);
  });

  it('has only a head where there are no rows', () => {
    expect(lines(answerTable(answer({ a: 'text', b: 'number' }), wide))).toEqual([['a', 'b']]);
  });
});
