import { describe, expect, it } from 'vitest';
import { statement } from '#sql/read.ts';
import { families } from './catalogue.ts';

/** Sums over a moving frame: of whole numbers, which are exact, or where the residue cannot matter. */
const allowed: Readonly<Record<string, string>> = {
  'avg(close)': 'a mean of prices, which are of one size and never near 0',
  'avg(trades)': 'whole numbers',
  'sum(coalesce(trades, 0.0))': 'whole numbers',
  'avg(same)': 'ones and zeros',
  'sum(abs(sign(close / close_1 - 1)))': 'ones and zeros',
};

/** The sums and means of a statement over frames that values leave again, as they are written. */
function movingSums(text: string): string[] {
  const sql = text.replace(/--[^\n]*/g, '');
  const moving = new Set([...sql.matchAll(/(\w+) AS \([^()]*ROWS BETWEEN \d+ PRECEDING/g)].map(([, window]) => window));
  return [...sql.matchAll(/\b(avg|sum|ksum)\(/g)].flatMap(({ index, 0: opening }) => {
    let [depth, end] = [1, index + opening.length];
    while (depth > 0) depth += { '(': 1, ')': -1 }[sql[end++]] ?? 0;
    const over = /^\s*OVER\s*(?:(\w+)|(\([^()]*\)))/.exec(sql.slice(end));
    if (!over) return [];
    const moves = over[1] ? moving.has(over[1]) : /ROWS BETWEEN \d+ PRECEDING/.test(over[2]);
    return moves ? [sql.slice(index, end).replace(/\s+/g, ' ')] : [];
  });
}

describe('the families of features', () => {
  it('sum nothing over a moving frame that would keep a residue of what has left it', () => {
    const found = families().flatMap(({ file, text }) => movingSums(text).map((sum) => ({ file, sum })));
    expect(found.filter(({ sum }) => !(sum in allowed))).toEqual([]);
    expect(new Set(found.map(({ sum }) => sum))).toEqual(new Set(Object.keys(allowed)));
  });

  it('would be found where they did', () => {
    const text = statement('features/families/090_wilder').replace('abs(sign(close / close_1 - 1))', 'high - low');
    expect(movingSums(text)).toEqual(['sum(high - low)']);
    const inline = 'SELECT avg(x * (y + 1)) OVER (ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) FROM bars';
    expect(movingSums(inline)).toEqual(['avg(x * (y + 1))']);
    expect(movingSums("SELECT avg(x, 'period', 5) OVER run FROM bars WINDOW run AS (ORDER BY ts)")).toEqual([]);
  });
});
