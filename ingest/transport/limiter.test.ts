import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CoolDownFile } from './cool_down_file.ts';
import { CoolDownError, Limiter, longestSuspensionMs } from './limiter.ts';

const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('Limiter', () => {
  it('lets a burst through, then nothing until the bucket refills', async () => {
    // A turn comes back after 25 s.
    const limiter = new Limiter({ perMinute: 3, burst: 3 });
    let taken = 0;
    for (let i = 0; i < 5; i++) {
      void limiter.take().then(
        () => (taken += 1),
        () => undefined,
      );
    }
    await aMoment();
    expect(taken).toBe(3);
  });

  it('serves in the order of asking', async () => {
    const limiter = new Limiter({ perMinute: 60_000, burst: 1 });
    const served: number[] = [];
    await Promise.all([0, 1, 2, 3, 4, 5].map((i) => limiter.take().then(() => served.push(i))));
    expect(served).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('keeps the longer of two suspensions, and refuses those who already wait', async () => {
    const limiter = new Limiter({ perMinute: 6_000, burst: 1 });
    await limiter.take();
    const waiting = limiter.take().catch((error) => error);
    limiter.coolDown(60_000, 'long');
    limiter.coolDown(1, 'short');
    expect(await waiting).toBeInstanceOf(CoolDownError);
    await aMoment();
    await expect(limiter.take()).rejects.toThrow(/long/);
  });

  it('waits a suspension out where it is patient, and says for how long and why', async () => {
    const waits: [number, string][] = [];
    const limiter = new Limiter({ perMinute: 60_000, onWait: (ms, cause) => waits.push([ms, cause]) });
    const started = performance.now();
    limiter.coolDown(80, 'too many');
    await Promise.all([limiter.take(), limiter.take()]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(80);
    // Once, and until its very end: a second wait would have begun within it.
    expect(waits).toEqual([[expect.toSatisfy((ms: number) => ms > 0 && ms <= 80), 'too many']]);
  });

  it('spends no more than it has after a wait', async () => {
    const limiter = new Limiter({ perMinute: 600, burst: 1 });
    const started = performance.now();
    for (let i = 0; i < 4; i++) await limiter.take();
    // 600 a minute less the burst's share: three more turns take 3 × 100 ms and a little.
    expect(performance.now() - started).toBeGreaterThanOrEqual(300);
  });
});

describe('a suspension', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-limiter-'));
  const path = join(directory, 'deeper', 'cooldown.json');
  const url = 'https://exchange.example/base';
  afterAll(() => rmSync(directory, { recursive: true }));
  // The clocks of both, which stand still unless a test turns them.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
  afterEach(() => {
    vi.useRealTimers();
    rmSync(path, { force: true });
  });
  const limiter = (of = url) => new Limiter({ memory: new CoolDownFile(path, of) });

  it('is known to whoever starts within it, for that host alone', async () => {
    limiter().coolDown(60_000, 'too many');
    const refused = await limiter()
      .take()
      .catch((error) => error);
    expect(refused).toBeInstanceOf(CoolDownError);
    expect(refused.message).toContain('too many');
    expect(refused.waitMs).toBe(60_000);
    await limiter('http://127.0.0.1:8000').take();
  });

  it('is over in time, and a shorter one does not shorten it', async () => {
    const first = limiter();
    first.coolDown(150, 'long');
    first.coolDown(1, 'short');
    await expect(limiter().take()).rejects.toThrow(/long/);
    vi.advanceTimersByTime(149);
    await expect(limiter().take()).rejects.toThrow(/long/);
    vi.advanceTimersByTime(1);
    await limiter().take();
  });

  it('of one host stays when another one’s is added, and is dropped when it is over', async () => {
    limiter().coolDown(60_000, 'first');
    limiter('https://second.example').coolDown(60_000, 'second');
    limiter('https://third.example').coolDown(1, 'third');
    await expect(limiter().take()).rejects.toThrow(/first/);
    await expect(limiter('https://second.example').take()).rejects.toThrow(/second/);
    vi.advanceTimersByTime(1);
    limiter('https://fourth.example').coolDown(60_000, 'fourth');
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8'))).sort()).toEqual([
      ...['exchange.example', 'fourth.example', 'second.example'],
    ]);
  });

  it('is no longer than any can be, whatever the file says', async () => {
    limiter().coolDown(60_000, 'too many');
    const until = Date.now() + 99_999_999_000;
    writeFileSync(path, JSON.stringify({ 'exchange.example': { until, cause: 'until 2030' } }));
    const refused = await limiter()
      .take()
      .catch((error) => error);
    expect(refused.waitMs).toBe(longestSuspensionMs);
    vi.advanceTimersByTime(longestSuspensionMs);
    await limiter().take();
  });

  it('is not overlooked because its file is damaged', () => {
    limiter().coolDown(60_000, 'too many');
    writeFileSync(path, '{"exchange.example": {');
    expect(() => limiter()).toThrow(/cannot be read/);
    writeFileSync(path, '{"exchange.example": {"until": "soon"}}');
    expect(() => limiter()).toThrow(/cannot be read/);
  });

  it('that cannot be remembered is said', () => {
    const blocked = new Limiter({ memory: new CoolDownFile(join(directory, 'file', 'cooldown.json'), url) });
    writeFileSync(join(directory, 'file'), '');
    expect(() => blocked.coolDown(60_000, 'too many')).toThrow(/too many, and .* cannot be written to remember it/);
  });
});
