import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';
import { BoundedBuffer } from './bounded_buffer.ts';
import { Merge } from './merge.ts';

describe('BoundedBuffer', () => {
  it('stops the producer above the mark, lets it go on below half, and loses nothing', async () => {
    const calls: string[] = [];
    const handover = new BoundedBuffer<number>(4, { stop: () => calls.push('stop'), goOn: () => calls.push('go on') });
    for (let i = 0; i < 6; i++) handover.push(i);
    expect(calls).toEqual(['stop']);
    const reader = handover.drain();
    const got: number[] = [];
    for (let i = 0; i < 4; i++) got.push((await reader.next()).value as number);
    expect(calls).toEqual(['stop', 'go on']);
    handover.push(6);
    handover.end();
    handover.push(7);
    for await (const item of reader) got.push(item);
    expect(got).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('wakes a waiting reader at the end', async () => {
    const handover = new BoundedBuffer<number>(4, { stop: () => undefined, goOn: () => undefined });
    const next = handover.drain().next();
    handover.end();
    expect((await next).done).toBe(true);
  });
});

function merge<T>(sources: AsyncGenerator<T>[], stop: () => unknown) {
  const confluence = new Merge<T>(stop);
  for (const source of sources) confluence.add(source);
  return confluence.drain();
}

describe('Merge', () => {
  async function* numbers(from: number, count: number) {
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      yield from + i;
    }
  }

  it('gives every item once, those of one source in order', async () => {
    const got: number[] = [];
    for await (const item of merge([numbers(0, 50), numbers(100, 7), numbers(200, 0)], () => undefined)) got.push(item);
    expect(got.filter((n) => n < 100)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(got.filter((n) => n >= 100)).toEqual([100, 101, 102, 103, 104, 105, 106]);
  });

  it('lets a source join while it runs', async () => {
    const confluence = new Merge<number>(() => undefined);
    confluence.add(numbers(0, 3));
    const got: number[] = [];
    for await (const item of confluence.drain()) {
      got.push(item);
      if (item === 1) confluence.add(numbers(10, 2));
    }
    expect(got.sort((a, b) => a - b)).toEqual([0, 1, 2, 10, 11]);
  });

  it('ends all sources when one fails', async () => {
    let stopped = false;
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken');
    }
    async function* endless(): AsyncGenerator<number> {
      while (!stopped) await new Promise((resolve) => setImmediate(resolve));
    }
    const read = async () => {
      for await (const _ of merge([failing(), endless()], () => (stopped = true)));
    };
    await expect(read()).rejects.toThrow('broken');
    expect(stopped).toBe(true);
  });
});

describe('Backoff', () => {
  it('doubles to its maximum, with jitter, until it is reset', () => {
    const highest = new Backoff(1_000, 30_000, () => 1);
    expect([1, 2, 3, 4, 5, 6, 7].map(() => highest.next())).toEqual([1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3]);
    highest.reset();
    expect(highest.next()).toBe(1_000);
    expect(new Backoff(1_000, 30_000, () => 0).next()).toBe(500);
  });
});
