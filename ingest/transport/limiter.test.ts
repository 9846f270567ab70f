import { describe, expect, it } from 'vitest';
import { CoolDownError, Limiter } from './limiter.ts';

const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('Limiter', () => {
  it('lets a burst through, then nothing until the bucket refills', async () => {
    const limiter = new Limiter({ perMinute: 10, burst: 3 });
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
});
