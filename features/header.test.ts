import { describe, expect, it } from 'vitest';
import { featureTimeframes } from '#lib/timeframe.ts';
import { statement, statementsIn } from '#sql/read.ts';
import { catalogue, families, helperColumns, warmupBars } from './catalogue.ts';
import { parseFamily } from './header.ts';

const good = `-- purpose Something.
--         More of it.
-- reads   bars, window 20
-- on      1m, 5m
-- state   obv, day_volume
-- recalls obv
--
-- family technical
-- hypothesis Moves go on.
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
    expect(parseFamily('features/families/010_x', good)).toEqual({
      name: 'x',
      file: 'sql/features/families/010_x.sql',
      text: good,
      window: 20,
      timeframes: ['1m', '5m'],
      state: ['obv', 'day_volume'],
      recalls: ['obv'],
      features: [
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
          hypothesis: 'Moves go on.',
          timeframes: ['1m', '5m'],
          file: 'sql/features/families/010_x.sql',
        },
      ],
    });
  });

  it.each([
    ['an unknown family', 'family technical', 'family magic', 'x.sql:8: "magic" is no family'],
    ['an unknown scale', 'relative in', 'cubic in', 'x.sql:11: "cubic" is no scale'],
    ['a range the wrong way round', '[0, 100]', '[100, 0]', 'x.sql:11: [100, 0] is no range'],
    ['a missing warm-up', ', warm-up 14', '', 'x.sql:11: not of the form'],
    ['an unknown reach', 'month + 19', 'week', 'x.sql:11: not of the form'],
    ['a missing field', '-- source  Wilder (1978)\n', '', 'x.sql:15: "source" is expected here'],
    ['an unknown key', '-- source  Wilder', '-- origin  Wilder', 'x.sql:15: "source" is expected here'],
    ['a key outside of a feature', '-- purpose Something', '-- formula Something', 'x.sql:1: "formula" stands outside'],
    ['a null rule without a value', '50 when no move', 'perhaps', 'x.sql:14: not of the form "never"'],
    ['no reason for no input', 'none: a reason', 'none', 'x.sql:16: an input that is none needs its reason'],
    ['no word on what it reads', '-- reads   bars, window 20\n', '', 'x.sql:1: the header needs a line "reads bars'],
    ['reading what is not there', 'reads   bars,', 'reads   ticks,', 'x.sql:3: the header needs a line "reads bars'],
    ['a second state', '-- recalls obv', '-- state   obv', 'x.sql:6: "state" stands here for the second time'],
    ['a timeframe without features', 'on      1m, 5m', 'on      1d', 'x.sql:4: "1d" is no timeframe of features'],
    ['a state that is no column', 'obv, day_volume', 'Obv', 'x.sql:5: "Obv" is no name of a column'],
    ['a feature before its family', '-- family technical\n', '', 'x.sql:10: a feature stands before'],
    ['a comment of another form', '-- purpose Something.', '--purpose', 'x.sql:1: "--purpose" is not of the form'],
  ])('with %s is an error that names file and line', (_, from, to, message) => {
    expect(good).toContain(from);
    expect(() => parseFamily('features/families/010_x', good.replace(from, to))).toThrow(message);
  });

  it('without a feature is an error', () => {
    expect(() => parseFamily('features/families/010_x', '-- purpose Nothing.\nSELECT 1')).toThrow(
      'x.sql:1: the header has no feature',
    );
  });
});

describe('the catalogue', () => {
  it('has each name once', () => {
    const names = catalogue().map((feature) => feature.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is the same on all timeframes, but for the files that say otherwise', () => {
    for (const timeframe of featureTimeframes) {
      const expected = families().filter((file) => file.timeframes.includes(timeframe));
      expect(families(timeframe).map((file) => file.name)).toEqual(expected.map((file) => file.name));
    }
  });

  it('gives a model nothing that is not scale-free: only levels are transformed', () => {
    for (const { name, scale, input } of catalogue()) {
      if (scale === 'level') expect(input, name).not.toBe(name);
      else if (input !== null) expect(input, name).toBe(name);
    }
  });

  it('loads no less than a value rests on', () => {
    expect(warmupBars()).toBe(400);
    for (const file of families()) {
      for (const { warmup, reach, name } of file.features)
        if (reach.until === 'bars') expect(reach.bars, name).toBeGreaterThanOrEqual(warmup - 1);
      // What continues from a stored row needs its plain windows alone, and what it recalls must be there.
      if (file.state.length === 0)
        for (const { warmup, name } of file.features) expect(file.window, name).toBeGreaterThanOrEqual(warmup);
      for (const name of file.recalls) expect(file.state).toContain(name);
    }
  });

  it('keeps beside the features only what recursions continue from', () => {
    expect(helperColumns('1m')).toEqual(expect.arrayContaining(['day_traded', 'day_volume', 'ema_12', 'ema_26']));
  });

  it.each(statementsIn('features/families'))('%s selects what its header, or that of its family, lists', (path) => {
    const select = statement(path).split('\nSELECT\n').at(-1) as string;
    const listed = catalogue().filter((feature) => feature.file === `sql/${path.replace('.newest', '')}.sql`);
    expect(listed.length).toBeGreaterThan(0);
    const positions = listed.map(({ name }) => select.search(new RegExp(`(AS |^  )${name},?$`, 'm')));
    expect(positions.every((position) => position >= 0)).toBe(true);
  });
});
