import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { rotateLogs } from './log_file.ts';

const directory = mkdtempSync(join(tmpdir(), 'tickforest-logs-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('keeps one older log, while who holds the log open writes on', async () => {
  const file = join(directory, 'questdb.log');
  const server = openSync(file, 'a');
  writeSync(server, 'first spell\n');
  await rotateLogs(directory, 1_000);
  expect(readdirSync(directory)).toEqual(['questdb.log']);
  for (const spell of ['second spell\n', 'third spell\n']) {
    await rotateLogs(directory, 10);
    writeSync(server, spell);
  }
  expect(readFileSync(file, 'utf8')).toBe('third spell\n');
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('second spell\n');
  closeSync(server);
  appendFileSync(join(directory, 'notes.txt'), 'longer than ten bytes');
  await rotateLogs(directory, 10);
  expect(readdirSync(directory).sort()).toEqual(['notes.txt', 'questdb.log', 'questdb.log.1']);
});
