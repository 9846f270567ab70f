import { expect, it } from 'vitest';
import { catalogue } from '#features/catalogue.ts';
import { listedNames } from './listed_names.ts';

it('the list that peers compute has 90 features, and all of them are there', () => {
  const known = new Set(catalogue().map(({ name }) => name));
  expect(new Set(listedNames).size).toBe(90);
  expect(listedNames.filter((name) => !known.has(name))).toEqual([]);
});
