import { expect, it } from 'vitest';
import { venueNames } from '#lib/venue.ts';
import { venues } from './registry.ts';

it('every venue has its own name in the registry, and the registry has no other', () => {
  expect(Object.entries(venues).map(([key, { name }]) => [key, name])).toEqual(venueNames.map((name) => [name, name]));
});
