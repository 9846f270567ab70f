import { describe, expect, it } from 'vitest';
import { families } from '#features/catalogue.ts';
import { featureTimeframes } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';
import { engineStatements, familyOffences, futureReads, newestOffences, newestStatements } from './lookahead_lint.ts';

const all = [...new Set(featureTimeframes.flatMap((timeframe) => families(timeframe)))];

describe('the statements of features', () => {
  it('read the past alone, and no relation but bars and candles', () => {
    expect(all.flatMap(familyOffences)).toEqual([]);
    const engine = engineStatements();
    expect(engine.map(({ file }) => file)).toContain('sql/features/bars.sql');
    expect(engine.flatMap((each) => futureReads(each))).toEqual([]);
  });

  it('of one bar read it and what is before it', () => {
    expect(newestStatements().length).toBeGreaterThan(8);
    expect(newestStatements().flatMap(({ file, text }) => newestOffences(file, text))).toEqual([]);
    for (const { file, text } of newestStatements().filter(({ text: each }) => /features_|candles/.test(each))) {
      const later = text
        .replaceAll(/ts (= :last|BETWEEN :recall AND :last)/g, 'ts >= :from')
        .replaceAll('ts <= :from', 'true');
      expect(newestOffences(file, later), file).not.toEqual([]);
    }
    expect(newestOffences('x', 'SELECT * FROM features_{timeframe} WHERE venue = :venue LATEST ON ts')).toHaveLength(2);
  });

  it('are unlike labels, which are seen to read the future', () => {
    expect(futureReads({ file: 'labels', text: statement('labels/labels') })).not.toEqual([]);
  });
});

describe('a family file', () => {
  const family = (...lines: string[]) => familyOffences({ file: 'x.sql', text: lines.join('\n') });

  it('may say what the others say', () => {
    expect(
      family(
        "-- lead( in a comment, 'FOLLOWING' and labels_1m are no offence",
        'WITH steps AS (',
        '  SELECT b.ts AS ts, symbol, lag(close, 1) OVER run AS previous FROM bars b',
        '  WINDOW run AS (PARTITION BY symbol ORDER BY b.ts)',
        '),',
        "others AS (SELECT ts, avg(close) OVER (PARTITION BY symbol, day ORDER BY ts ROWS 5 PRECEDING) x, 'lead(' FROM {candles}),",
        'ranks AS (SELECT rank() OVER (PARTITION BY ts ORDER BY previous DESC), sum(x) OVER (PARTITION BY s.ts) FROM steps s)',
        'SELECT * FROM ranks JOIN others ON others.ts = ranks.ts',
      ),
    ).toEqual([]);
  });

  it.each([
    ['lead(close, 1) OVER (PARTITION BY symbol ORDER BY ts) FROM bars', /lead\(/],
    ['LEAD (close) OVER (PARTITION BY symbol ORDER BY ts) FROM bars', /lead\(/],
    ['avg(x) OVER (PARTITION BY symbol ORDER BY ts ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) FROM bars', /FOLLOWING/],
    ['lag(x, 1) OVER (PARTITION BY symbol ORDER BY ts DESC) FROM bars', /order of time/],
    ['avg(x) OVER (PARTITION BY symbol) FROM bars', /order of time/],
    ['avg(x) OVER () FROM bars', /order of time/],
    ['avg(x) OVER w FROM bars WINDOW w AS (PARTITION BY symbol ORDER BY close)', /order of time/],
    ['x FROM bars JOIN labels_1m ON true', /labels/],
    ['x FROM bars, labels_{timeframe}', /labels/],
    ['x FROM candles_1m', /by its name/],
    ['x FROM bars b JOIN features_{timeframe} f ON f.ts = b.ts', /by its name/],
    ['x FROM ticks', /ticks is neither/],
    ['x FROM bars LATEST ON ts PARTITION BY symbol', /last row/],
    ['now() FROM bars', /when it is run/],
  ])('may not say: SELECT %s', (text, reason) => {
    const offences = family('-- a comment', 'SELECT ts,', text);
    expect(offences).not.toEqual([]);
    expect(offences.some((offence) => reason.test(offence.reason) && offence.line === 3)).toBe(true);
  });
});
