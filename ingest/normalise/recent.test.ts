import { expect, it } from 'vitest';
import { Recent } from './recent.ts';

it('knows at least the last `size` keys and forgets older ones', () => {
  const recent = new Recent<number>(100);
  for (let i = 0; i < 1_000; i++) recent.set(String(i), i);
  for (let i = 900; i < 1_000; i++) expect(recent.get(String(i))).toBe(i);
  expect(recent.get('0')).toBeUndefined();
});
