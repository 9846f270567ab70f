import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLog } from './log.ts';
import { eventually } from './testing/eventually.ts';
import { SmallDisk } from './testing/small_disk.ts';

const disk = SmallDisk.mount(4);

describe.skipIf(!disk)('a log whose disk is full (needs the right to mount)', () => {
  afterAll(() => disk?.unmount());

  it('goes on, keeps what it can hold, and says how many lines it has dropped', async () => {
    const file = join(disk!.path, 'up.log');
    const fd = openSync(file, 'a');
    const log = createLog('info', 'json', fd);
    log.info({ line: 0 }, 'before');
    disk!.fill();
    const lines = 20_000;
    for (let line = 1; line <= lines; line++) log.info({ line, padding: 'x'.repeat(100) }, 'without room');
    disk!.free();
    log.info({ line: lines + 1 }, 'room again');
    const written = () =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as { line?: number; dropped?: number; msg: string });
    await eventually(async () => expect(written().at(-1)?.msg).toMatch(/dropped/));
    const kept = written().flatMap(({ line }) => (line === undefined ? [] : [line]));
    const dropped = written().reduce((all, row) => all + (row.dropped ?? 0), 0);
    // What was kept is the oldest, in order and whole: none of it was cut by the end of the disk.
    expect(kept.slice(0, 5_000)).toEqual(Array.from({ length: 5_000 }, (_, line) => line));
    expect(dropped).toBeGreaterThan(5_000);
    expect(kept.length + dropped).toBe(lines + 2);
    closeSync(fd);
  });
});
