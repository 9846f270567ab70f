import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { catalogue } from '#features/catalogue.ts';
import { families } from '#features/header.ts';
import { featuresPage } from './features_page.ts';

describe('docs/features.md', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/features.md', import.meta.url)), 'utf8');

  it('is what the headers give: `./tickforest generate` writes it', () => {
    expect(page).toBe(featuresPage());
  });

  it('has each feature once, in a section of its family', () => {
    const named = [...page.matchAll(/^\| `([a-z][a-z0-9_]*)` \|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(
      catalogue()
        .map(({ name }) => name)
        .sort(),
    );
    const used = families.filter((family) => catalogue().some((feature) => feature.family === family));
    expect(page.match(/^## /gm)).toHaveLength(used.length);
  });

  it('gives the hypothesis of every family beyond the list', () => {
    const hypotheses = new Set(catalogue().flatMap(({ hypothesis }) => hypothesis ?? []));
    for (const text of hypotheses) expect(page).toContain(`*Hypothesis.* ${text}`);
  });
});
