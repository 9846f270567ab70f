import { describe, expect, it } from 'vitest';
import { growth } from './endurance.ts';

const memory = (ingest: number[]) =>
  ingest.map((mib, minute) => ({ minute, rss: { supervisor: 1, ingest: mib, worker: 1, questdb: 1, redis: 1 } }));

describe('the growth of a process', () => {
  it('is what it keeps: neither its start nor garbage between two collections counts', () => {
    expect(growth(memory([1, 50, 90, 60, 80, 61, 95, 60, 70]), 'ingest')).toBe(0);
    expect(growth(memory([60, 60, 60, 60, 70, 61, 66, 90, 67]), 'ingest')).toBe(6);
    expect(growth(memory([60, 60, 60, 60, 60, 60, 60, 60, Number.NaN]), 'ingest')).toBeNaN();
  });
});
