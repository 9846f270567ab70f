import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Each file of a small house of its own, and the rule that its import breaks; none where it is as it should be. */
const planted: [file: string, text: string, rule: string | undefined][] = [
  ['ingest/feed.ts', 'export const feed = 1;\n', undefined],
  ['ingest/testing/shared.ts', 'export const shared = 1;\n', undefined],
  ['jobs/fill.ts', "import { feed } from '#ingest/feed.ts';\n\nexport const fill = feed;\n", undefined],
  ['lib/upwards.ts', "import { feed } from '#ingest/feed.ts';\n\nexport const up = feed;\n", 'noRestrictedImports'],
  [
    'lib/typed.ts',
    "import type { feed } from '#ingest/feed.ts';\n\nexport type F = typeof feed;\n",
    'noRestrictedImports',
  ],
  [
    'models/sideways.ts',
    "import { feed } from '#ingest/feed.ts';\n\nexport const side = feed;\n",
    'noRestrictedImports',
  ],
  ['jobs/roof.ts', "import { main } from '#app/main.ts';\n\nexport const roof = main;\n", 'noRestrictedImports'],
  ['app/main.ts', 'export const main = 1;\n', undefined],
  [
    'ingest/uses.ts',
    "import { shared } from './testing/shared.ts';\n\nexport const u = shared;\n",
    'noRestrictedImports',
  ],
  ['ingest/uses.test.ts', "import { shared } from './testing/shared.ts';\n\nexport const u = shared;\n", undefined],
  ['jobs/deep/relative.ts', "import { fill } from '../fill.ts';\n\nexport const r = fill;\n", 'noRestrictedImports'],
  ['lib/hen.ts', "import { egg } from './egg.ts';\n\nexport const hen = () => egg;\n", 'noImportCycles'],
  ['lib/egg.ts', "import type { hen } from './hen.ts';\n\nexport const egg: typeof hen | 1 = 1;\n", 'noImportCycles'],
];

/** The rules that the linter of this project finds broken, by file. */
function lint(directory: string): Map<string, string[]> {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'],
    {
      cwd: directory,
      encoding: 'utf8',
    },
  );
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
  const broken = Map.groupBy(diagnostics, ({ location }) => location.path);
  return new Map([...broken].map(([file, all]) => [file, all.map(({ category }) => category.split('/').at(-1)!)]));
}

describe('the layers of the house', () => {
  const house = mkdtempSync(join(tmpdir(), 'tickforest-house-'));
  let broken: Map<string, string[]>;
  beforeAll(() => {
    for (const file of ['biome.json', 'package.json', 'tsconfig.json', '.gitignore'])
      cpSync(join(root, file), join(house, file));
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
    for (const [file, text] of planted) {
      mkdirSync(dirname(join(house, file)), { recursive: true });
      writeFileSync(join(house, file), text);
    }
    broken = lint(house);
  });
  afterAll(() => rmSync(house, { recursive: true, force: true }));

  it.each(planted)('%s: %j breaks %s', (file, _, rule) => {
    expect(broken.get(file) ?? []).toEqual(rule ? [rule] : []);
  });
});
