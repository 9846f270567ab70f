import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { absenceCodes, gateCodes } from '#jobs/predict/reasons.ts';

it('docs/models.md lists every reason of a signal that is gated or absent, and no other', () => {
  const page = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Signals'), page.indexOf('## A new engine'));
  const listed = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  expect(listed).toEqual([...Object.keys(gateCodes), ...Object.keys(absenceCodes)]);
});
