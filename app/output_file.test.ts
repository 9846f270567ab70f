import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { outputFile, outputPage, writeWhole } from './output_file.ts';

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

describe('a page', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-page-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is written whole, in the place of one that is there where told to', () => {
    const path = outputPage(join(directory, 'a.html'), false);
    writeWhole(path, 'one');
    expect(() => outputPage(path, false)).toThrow(/a\.html exists/);
    writeWhole(outputPage(path, true), 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
  });

  it('has an ending of its own', () => {
    expect(() => outputPage(join(directory, 'a.csv'), false)).toThrow(/does not end in \.html/);
  });

  it('that cannot be written leaves nothing behind', () => {
    const taken = join(directory, 'taken.html');
    mkdirSync(taken);
    expect(() => writeWhole(outputPage(taken, true), 'text')).toThrow(/taken\.html could not be written: /);
    expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([]);
  });
});
