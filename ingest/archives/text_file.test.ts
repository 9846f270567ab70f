import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipOf } from './fixtures/zip.ts';
import { firstLines, lineParts } from './line_parts.ts';
import { textOf } from './text_file.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-text-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

async function read(path: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of textOf(path)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const long = Array.from({ length: 50_000 }, (_, i) => `${i},${Math.sin(i)}`).join('\n');

describe('textOf', () => {
  it('reads plain, gzipped and zipped text alike', async () => {
    expect(await read(file('a.csv', long))).toBe(long);
    expect(await read(file('a.csv.gz', gzipSync(long)))).toBe(long);
    expect(await read(file('a.zip', zipOf({ 'a.csv': long })))).toBe(long);
  });

  it('ends with an error where a file is torn or is something else', async () => {
    const zip = zipOf({ 'a.csv': long });
    const gz = gzipSync(long);
    for (const [name, content] of [
      ['torn.zip', zip.subarray(0, zip.length - 30)],
      ['none.zip', long],
      ['torn.csv.gz', gz.subarray(0, gz.length - 30)],
      ['none.csv.gz', long],
    ] as const)
      await expect(read(file(name, content)), name).rejects.toThrow(/could not be read to its end/);
  });

  it('refuses a line without an end in constant memory, and says which', async () => {
    const bomb = Buffer.concat([Buffer.from('a,b\n1,2\n'), Buffer.alloc(200e6, '7')]);
    const gz = file('bomb.csv.gz', gzipSync(bomb, { level: 1 }));
    const zip = file('bomb.zip', zipOf({ 'bomb.csv': bomb }));
    for (const path of [gz, zip]) {
      let bytes = 0;
      const reading = async () => {
        for await (const piece of textOf(path)) bytes += piece.length;
      };
      await expect(reading()).rejects.toThrow(/Line 3 of \S+bomb\S+ has more than 8 MiB/);
      expect(bytes).toBeLessThan(10e6);
    }
    await expect(firstLines(gz, 5)).rejects.toThrow(/Line 3/);
  });

  it('refuses names that lead out of a zip, and what is encrypted, for what they are', async () => {
    for (const name of ['../../x', '/etc/x'])
      await expect(read(file('out.zip', zipOf({ [name]: '1' })))).rejects.toThrow(/leads out of the archive/);
    const zip = zipOf({ 'a.csv': long });
    zip.writeUInt16LE(1, zip.lastIndexOf('PK\x01\x02') + 8);
    await expect(read(file('secret.zip', zip))).rejects.toThrow(/is encrypted/);
  });

  it('refuses a zip whose checksum does not match, and one with several files', async () => {
    const zip = zipOf({ 'a.csv': long });
    // The checksum in the central directory, which is what counts.
    zip.writeUInt32LE(1, zip.lastIndexOf('PK\x01\x02') + 16);
    await expect(read(file('sum.zip', zip))).rejects.toThrow(/checksum does not match/);
    await expect(read(file('two.zip', zipOf({ a: '1', b: '2' })))).rejects.toThrow(/holds 2 files/);
  });
});

describe('lineParts', () => {
  it('cuts at line ends, wherever it begins, and loses nothing', async () => {
    const path = file('parts.csv.gz', gzipSync(long));
    const scratch = join(directory, 'part');
    const texts: string[] = [];
    const ends: number[] = [];
    for await (const part of lineParts(path, scratch, 0, 1 << 18)) {
      const text = readFileSync(part.file, 'utf8');
      expect(part.lines).toBe(text.split('\n').filter((line) => line !== '').length);
      texts.push(text);
      ends.push(part.end);
    }
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.join('')).toBe(long);
    expect(texts.slice(0, -1).every((text) => text.endsWith('\n'))).toBe(true);
    const again: string[] = [];
    for await (const part of lineParts(path, scratch, ends[1], 1 << 18)) again.push(readFileSync(part.file, 'utf8'));
    expect(again.join('')).toBe(long.slice(ends[1]));
  });

  it('does not count empty lines', async () => {
    const path = file('empty.csv', '\n1\r\n\r\n2\n\n3');
    for await (const part of lineParts(path, join(directory, 'part'))) expect(part.lines).toBe(3);
  });

  it('has the first lines with their lengths', async () => {
    expect(await firstLines(file('first.csv', '\uFEFFa,b\r\n1,2\n3,4'), 2)).toEqual([
      { text: 'a,b', bytes: 8 },
      { text: '1,2', bytes: 4 },
    ]);
    expect(await firstLines(file('one.csv', 'a,b'), 2)).toEqual([{ text: 'a,b', bytes: 3 }]);
    expect(await firstLines(file('none.csv', ''), 2)).toEqual([]);
  });
});
