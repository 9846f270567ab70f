import { expect, it } from 'vitest';
import { catalogue } from '#features/catalogue.ts';
import { listedByFamily, listedNames } from './listed_names.ts';

it('the list that peers compute has 90 features, all of which are there, each in its family', () => {
  expect(new Set(listedNames).size).toBe(90);
  const familyOf = new Map(catalogue().map(({ name, family }) => [name, family]));
  for (const [family, names] of Object.entries(listedByFamily))
    for (const name of names) expect(familyOf.get(name), name).toBe(family);
});
