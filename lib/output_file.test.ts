import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { outputFile } from './output_file.ts';

describe('outputFile', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-out-'));
  const there = join(directory, 'there.csv');
  writeFileSync(there, 'mine');
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('tells the format by the ending', () => {
    expect(outputFile(join(directory, 'a.PARQUET'), false)).toEqual({
      path: join(directory, 'a.PARQUET'),
      format: 'parquet',
    });
    expect(outputFile(join(directory, 'a.b.csv'), false).format).toBe('csv');
  });

  it.each([
    ['a.xlsx', /does not end in \.parquet or \.csv/],
    ['csv', /does not end in/],
    ['none/a.csv', /There is no directory .*none/],
    ['there.csv/a.csv', /There is no directory/],
    ['there.csv', /there\.csv exists/],
  ])('refuses %s', (name, reason) => {
    expect(() => outputFile(join(directory, name), false)).toThrow(reason);
  });

  it('takes a file that is there where told to', () => {
    expect(outputFile(there, true).path).toBe(there);
  });
});
