import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/architecture.md');

/** What each room may import, from the table of the page. */
const rooms = new Map(
  [...page.matchAll(/^\| `(\w+)` \| .* \| (.*) \|$/gm)].map(([, room, imports]) => [
    room,
    new Set([...imports.matchAll(/`(\w+)`/g)].map(([, name]) => name)),
  ]),
);
// "everything but `docker`"
rooms.set('app', new Set([...rooms.keys()].filter((room) => room !== 'app' && room !== 'docker')));

interface Override {
  includes: string[];
  linter: {
    rules: { style: { noRestrictedImports: { level: string; options: { patterns: { group: string[] }[] } } } };
  };
}

describe('docs/architecture.md', () => {
  it('allows each room the imports that biome.json allows it', () => {
    const { overrides } = JSON.parse(read('biome.json')) as { overrides: Override[] };
    const restricted = overrides.filter(({ linter }) => linter.rules.style?.noRestrictedImports);
    expect(restricted.map(({ includes }) => includes[0]).sort()).toEqual(
      [...rooms.keys()].map((room) => `${room}/**`).sort(),
    );
    for (const { includes, linter } of restricted) {
      const room = includes[0].replace('/**', '');
      const { level, options } = linter.rules.style.noRestrictedImports;
      const refused = new Set(options.patterns.flatMap(({ group }) => group));
      expect(level, room).toBe('error');
      expect(refused, room).toContain('../**');
      if (room !== 'app') expect(refused, room).toContain('**/testing/**');
      for (const other of rooms.keys()) {
        if (other !== room)
          expect(refused.has(`#${other}/**`), `${room} imports ${other}`).toBe(!rooms.get(room)!.has(other));
      }
    }
  });
});

describe.each([
  ['docs/architecture.md', true],
  ['CONTRIBUTING.md', false],
])('%s', (name, chained) => {
  it('names files that exist', () => {
    const text = read(name);
    let checked = 0;
    for (const line of text.split('\n')) {
      // On the page of the architecture a bare name stands for a file beside the one before it.
      let folder = '.';
      for (const [, path] of line.matchAll(/`([\w./-]+)`/g)) {
        const rooted = rooms.has(path.split('/')[0]) && path.includes('/');
        if (!rooted && !(chained && folder !== '.' && path.endsWith('.ts'))) continue;
        const full = rooted ? path : join(folder, path);
        expect(existsSync(join(root, full)), full).toBe(true);
        folder = dirname(full);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(20);
    for (const [, path] of text.matchAll(/\]\((?!http|#)([^)]+)\)/g))
      expect(existsSync(join(root, dirname(name), path.split('#')[0])), path).toBe(true);
  });
});
