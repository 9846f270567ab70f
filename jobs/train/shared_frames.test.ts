import { EventEmitter } from 'node:events';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { digestOfFile, exportParquet } from '#lib/questdb/parquet.ts';
import { askForFrame, FrameServer } from './shared_frames.ts';

describe('frames for threads', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-shared-frames-'));
  // What the server hears of a worker are its events.
  const worker = new EventEmitter();
  const server = new FrameServer();
  let path: string;
  beforeAll(async () => {
    const db = new QuestDb(inject('questdb'));
    const query = `select timestamp_sequence('2026-01-05', 60000000) ts, cast('A' as symbol) symbol, cast(x as double) v
      from long_sequence(100)`;
    const incoming = join(directory, 'incoming.parquet');
    await exportParquet(db, query, incoming);
    path = join(directory, `${await digestOfFile(incoming)}.parquet`);
    renameSync(incoming, path);
    await db.close();
    server.follow(worker as unknown as Worker);
  });
  afterAll(() => {
    worker.emit('closed');
    rmSync(directory, { recursive: true, force: true });
  });

  it('are one piece of memory while a job is at work, and are let go of after it', async () => {
    for (let i = 0; i < 2; i++) worker.emit('active');
    const [a, b] = await Promise.all([askForFrame(server.name, path), askForFrame(server.name, path)]);
    expect([...a.columns.get('v')!]).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    a.columns.get('v')![7] = -1;
    expect(b.columns.get('v')![7]).toBe(-1);
    worker.emit('completed');
    expect((await askForFrame(server.name, path)).columns.get('v')![7]).toBe(-1);
    worker.emit('failed');
    expect((await askForFrame(server.name, path)).columns.get('v')![7]).toBe(8);
  });

  it('that cannot be read are an error for who asked, with its reason', async () => {
    await expect(askForFrame(server.name, join(directory, 'none.parquet'))).rejects.toMatchObject({
      message: expect.stringMatching(/none\.parquet could not be read/),
      transient: false,
    });
    const named = join(directory, `${'0'.repeat(64)}.parquet`);
    renameSync(path, named);
    await expect(askForFrame(server.name, named)).rejects.toThrow(/is not what was kept there/);
  });
});
