import { describe, expect, it } from 'vitest';
import { statement } from '#lib/questdb/statement.ts';
import { catalogue, familyFiles, loadBars, warmupBars } from './catalogue.ts';
import { families, parseHeader } from './header.ts';

const good = `-- purpose Something.
--         More of it.
-- reads   bars
--
-- family technical
--
-- feature rsi_14: relative in [0, 100], warm-up 14, reach month + 19
-- formula 100 - 100 / (1 + mean gain / mean loss),
--         simple means
-- null    50 when no move; close when no volume
-- source  Wilder (1978)
-- input   none: a reason
SELECT ts
-- feature not read any more
`;

describe('the header of a family file', () => {
  it('states all about a feature', () => {
    expect(parseHeader(good, 'x.sql')).toEqual([
      {
        name: 'rsi_14',
        family: 'technical',
        scale: 'relative',
        range: [0, 100],
        warmup: 14,
        reach: { until: 'month', bars: 19 },
        formula: '100 - 100 / (1 + mean gain / mean loss), simple means',
        undefinedAs: [
          { value: '50', when: 'no move' },
          { value: 'close', when: 'no volume' },
        ],
        source: 'Wilder (1978)',
        input: null,
        inputReason: 'a reason',
        file: 'x.sql',
        reads: 'bars',
      },
    ]);
  });

  it.each([
    ['an unknown family', 'family technical', 'family magic', 'x.sql:5: "magic" is no family'],
    ['an unknown scale', 'relative in', 'cubic in', 'x.sql:7: "cubic" is no scale'],
    ['a range the wrong way round', '[0, 100]', '[100, 0]', 'x.sql:7: [100, 0] is no range'],
    ['a missing warm-up', ', warm-up 14', '', 'x.sql:7: not of the form'],
    ['an unknown reach', 'month + 19', 'week', 'x.sql:7: not of the form'],
    ['a missing field', '-- source  Wilder (1978)\n', '', 'x.sql:11: "source" is expected here'],
    ['an unknown key', '-- source  Wilder', '-- origin  Wilder', 'x.sql:11: "source" is expected here'],
    ['a key outside of a feature', '-- purpose Something', '-- formula Something', 'x.sql:1: "formula" stands outside'],
    ['a null rule without a value', '50 when no move', 'perhaps', 'x.sql:10: not of the form "never"'],
    ['no reason for no input', 'none: a reason', 'none', 'x.sql:12: an input that is none needs its reason'],
    ['no word on what it reads', '-- reads   bars\n', '', 'x.sql:6: a feature stands before'],
    ['reading what is not there', 'reads   bars', 'reads   ticks', 'x.sql:3: "ticks" does not begin with bars'],
    ['a comment of another form', '-- purpose Something.', '--purpose', 'x.sql:1: "--purpose" is not of the form'],
  ])('with %s is an error that names file and line', (_, from, to, message) => {
    expect(good).toContain(from);
    expect(() => parseHeader(good.replace(from, to), 'x.sql')).toThrow(message);
  });

  it('without a feature is an error', () => {
    expect(() => parseHeader('-- purpose Nothing.\nSELECT 1', 'x.sql')).toThrow('x.sql:1: the header has no feature');
  });
});

describe('the catalogue', () => {
  it('has 90 features in five families, each named once', () => {
    const names = catalogue().map((feature) => feature.name);
    expect(new Set(names).size).toBe(90);
    expect(families.map((family) => catalogue().filter((feature) => feature.family === family).length)).toEqual([
      21, 19, 23, 18, 9,
    ]);
  });

  it('gives a model nothing that is not scale-free: only levels are transformed', () => {
    for (const { name, scale, input } of catalogue()) {
      if (scale === 'level') expect(input, name).not.toBe(name);
      else if (input !== null) expect(input, name).toBe(name);
    }
  });

  it('says how many bars to load: no less than its files read before a bar', () => {
    expect(warmupBars()).toBe(400);
    expect([loadBars('bars'), loadBars('approach')]).toEqual([800, 2_000]);
    for (const { warmup, reach, name } of catalogue()) {
      if (reach.until === 'bars') expect(reach.bars, name).toBeGreaterThanOrEqual(warmup - 1);
    }
  });

  it.each(familyFiles.map((file) => [file]))('%s selects what its header lists', (file) => {
    const select = statement(`features/${file}`).split('\nSELECT\n').at(-1) as string;
    const listed = catalogue()
      .filter((feature) => feature.file === `sql/features/${file}.sql`)
      .map((feature) => feature.name);
    const positions = listed.map((name) => select.search(new RegExp(`(AS |^  )${name},?$`, 'm')));
    expect(positions.every((position) => position >= 0)).toBe(true);
  });
});
