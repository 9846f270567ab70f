import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silent } from '#lib/log.ts';
import { readManifest } from './manifest.ts';
import { frameFiles, framesOf } from './recorded_frames.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';

const hour = 3_600_000_000;
const t0 = Date.UTC(2026, 2, 3, 10, 59, 59) * 1_000;
const market = { venue: 'test', protocol: 'blofin', contractValue: { 'AAA-USDT': '0.1' } };
let out: string;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'record-'));
});
afterEach(() => rm(out, { recursive: true }));

const open = (more: Partial<RecorderOptions> = {}) => Recorder.open({ out, market, flushMs: 10, ...more });
const files = async (path = 'frames') => (await readdir(join(out, path))).sort();
/** Lines of a file, by zlib alone. */
const lines = async (name: string, path = 'frames') =>
  gunzipSync(await readFile(join(out, path, name)))
    .toString()
    .trimEnd()
    .split('\n');

async function replayed(path = 'frames') {
  const entry = (await readManifest(out)).find((known) => known.path === path)!;
  const texts: string[] = [];
  for await (const { text } of framesOf(await frameFiles(out, entry), silent)) texts.push(text);
  return texts;
}

describe('Recorder', () => {
  it('keeps every frame as it came, with its receive time and socket, in files of an hour each', async () => {
    const recorder = await open();
    const texts = ['{"a": 1.50, "a":2}', 'pong', 'null', '{"b":\n"\u2028"}', '"x', '', '\ufeff{}', '[1e400]'];
    for (const [i, text] of texts.entries()) recorder.frame(text, t0 + i * 250_500, i % 2);
    await recorder.close();
    const names = await files();
    expect(names).toEqual(['2026-03-03T10-59-59-000Z.jsonl.gz', '2026-03-03T11-00-00-002Z.jsonl.gz']);
    expect(await lines(names[0])).toEqual([
      `{"recv":${t0 / 1_000},"socket":0,"frame":{"a": 1.50, "a":2}}`,
      `{"recv":${t0 / 1_000 + 250.5},"socket":1,"raw":"pong"}`,
      `{"recv":${t0 / 1_000 + 501},"socket":0,"frame":null}`,
      `{"recv":${t0 / 1_000 + 751.5},"socket":1,"frame":{"b": "\u2028"}}`,
    ]);
    expect(await replayed()).toEqual(texts.map((text) => text.replace('\n', ' ')));
    expect(recorder.counters).toMatchObject({ frames: 8, written: 8, lost: 0, files: 2 });
    const [entry] = await readManifest(out);
    expect(entry).toMatchObject({
      ...{ path: 'frames', kind: 'blofin-frames', venue: 'test', rows: 8, contractValue: market.contractValue },
      ...{ from: '2026-03-03T10:59:59.000Z', to: '2026-03-03T11:00:00.753Z' },
    });
    expect(entry.files?.map(({ name, rows }) => [name, rows])).toEqual(names.map((name) => [name, 4]));
  });

  it('begins a new file after a restart, and another directory once a contract value has changed', async () => {
    for (const [i, value] of ['0.1', '0.1', '1'].entries()) {
      const recorder = await open({ market: { ...market, contractValue: { 'AAA-USDT': value } } });
      recorder.frame(`{"run":${i}}`, t0);
      await recorder.close();
    }
    expect(await files()).toEqual(['2026-03-03T10-59-59-000Z.jsonl.gz', '2026-03-03T10-59-59-001Z.jsonl.gz']);
    expect(await replayed()).toEqual(['{"run":0}', '{"run":1}']);
    expect(await replayed('frames-2')).toEqual(['{"run":2}']);
  });

  it('begins another directory when a contract value changes while it runs, and not when none does', async () => {
    const recorder = await open();
    recorder.frame('1', t0);
    await recorder.restate({ 'AAA-USDT': '0.1' });
    recorder.frame('2', t0 + 1);
    await recorder.restate({ 'AAA-USDT': '1' });
    expect(recorder.path).toBe('frames-2');
    recorder.frame('3', t0 + 2);
    await recorder.close();
    expect(await replayed()).toEqual(['1', '2']);
    expect(await replayed('frames-2')).toEqual(['3']);
    const values = (await readManifest(out)).map(({ path, contractValue }) => [path, contractValue]);
    expect(values).toEqual([
      ['frames', { 'AAA-USDT': '0.1' }],
      ['frames-2', { 'AAA-USDT': '1' }],
    ]);
    expect(recorder.counters).toMatchObject({ written: 3, lost: 0, files: 2 });
  });

  it('leaves whole files behind at any moment, and what a torn one holds is played', async () => {
    const recorder = await open();
    for (let i = 0; i < 500; i++) {
      recorder.frame(`{"i":${i}}`, t0 + i);
      if (i % 100 === 99) await recorder.flushed();
    }
    const [name] = await files();
    // Without `close`: as a SIGKILL leaves it.
    expect((await lines(name)).length).toBe(500);
    expect((await replayed()).length).toBe(500);
    const { bytes } = recorder.counters;
    await truncate(join(out, 'frames', name), bytes - 20);
    const texts = await replayed();
    expect(texts.length).toBeGreaterThanOrEqual(400);
    expect(texts.length).toBeLessThan(500);
    expect(texts).toEqual(Array.from(texts, (_, i) => `{"i":${i}}`));
    await recorder.close();
    // Once the manifest says how many there are, a torn file is a damaged one.
    await expect(replayed()).rejects.toThrow(/damaged/);
  });

  it('plays overlapping files in the order of receive time', async () => {
    const [a, b] = [await open(), await open()];
    for (let i = 0; i < 100; i++) (i % 3 === 0 ? b : a).frame(String(i), t0 + i * 1_000);
    await Promise.all([a.close(), b.close()]);
    expect(await replayed()).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  });

  it('opens no earlier hour when the clock steps back', async () => {
    const recorder = await open();
    for (const [i, at] of [t0 + hour, t0, t0 + hour + 1].entries()) {
      recorder.frame(String(i), at);
      await recorder.flushed();
    }
    await recorder.close();
    expect((await files()).length).toBe(1);
  });

  it('holds no more than it may: what is beyond is counted, and the recording says where it is missing', async () => {
    const recorder = await open({ maxHeld: 10_000, flushMs: 60_000 });
    const text = `"${'x'.repeat(98)}"`;
    for (let i = 0; i < 1_000; i++) recorder.frame(text, t0 + i);
    const { lost } = recorder.counters;
    expect(lost).toBeGreaterThan(850);
    expect(recorder.behind).toBe(true);
    await recorder.flushed();
    expect(recorder.behind).toBe(false);
    recorder.frame(text, t0 + 2_000);
    await recorder.close();
    expect(recorder.counters).toMatchObject({ frames: 1_001, written: 1_001 - lost, lost });
    const written = await lines((await files())[0]);
    expect(JSON.parse(written.at(-2)!)).toEqual({ recv: t0 / 1_000 + 2, lost });
    expect((await replayed()).length).toBe(1_001 - lost);
  });

  it('says when it cannot write, counts what that costs, and goes on once it can', async () => {
    const failures: string[] = [];
    const recorder = await open({ onFailure: (error) => failures.push(error.message) });
    await rm(join(out, 'frames'), { recursive: true });
    await writeFile(join(out, 'frames'), 'in the way');
    recorder.frame('1', t0);
    await expect(recorder.flushed()).rejects.toThrow(/cannot be written: ENOTDIR/);
    recorder.frame('2', t0);
    await expect(recorder.flushed()).rejects.toThrow(/cannot be written/);
    expect(failures.length).toBe(1);
    await rm(join(out, 'frames'));
    await mkdir(join(out, 'frames'));
    recorder.frame('3', t0);
    await recorder.close();
    expect(recorder.counters).toMatchObject({ frames: 3, written: 1, lost: 2 });
    expect((await lines((await files())[0])).map((line) => JSON.parse(line))).toEqual([
      { recv: t0 / 1_000, lost: 2 },
      { recv: t0 / 1_000, socket: 0, frame: 3 },
    ]);
  });

  it('refuses a directory that cannot be one', async () => {
    await writeFile(join(out, 'file'), '');
    await expect(open({ out: join(out, 'file', 'below') })).rejects.toThrow(/cannot be written: ENOTDIR/);
    await writeFile(join(out, 'manifest.json'), '{');
    await expect(open()).rejects.toThrow(/not a manifest/);
  });

  it('counts what comes after the end as lost', async () => {
    const recorder = await open();
    await recorder.close();
    await recorder.close();
    recorder.frame('1', t0);
    expect(recorder.counters).toMatchObject({ frames: 1, lost: 1, files: 0 });
  });
});
