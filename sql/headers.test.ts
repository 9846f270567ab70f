import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { token } from '#lib/questdb/statement.ts';
import { statement } from './read.ts';

/**
 * What a header says, in this order: `-- key text`, the text from column 12 on, and lines that go on indented as far or
 * farther. Every file has a purpose.
 *
 *     -- purpose What the statement does or is for.
 *     -- grain   What one row is, of what it returns or writes.
 *     -- writes  The table, of a statement that writes.
 *     -- reads   Where its rows come from, if that needs a word.
 *     -- takes   Exactly the parameters that the statement uses: :venue; :from and :to, whole minutes; {timeframe}
 *     -- trap    A peculiarity of QuestDB, or another reason that is not obvious.
 *     -- note    What else a reader must know.
 *     -- engine  DuckDB, if it is not for QuestDB.
 *
 * A family file states more: `on`, `state` and `recalls`, then its features. features/header.ts reads these.
 */
const keys = ['purpose', 'grain', 'writes', 'reads', 'takes', 'trap', 'note', 'engine'];
const familyKeys = ['purpose', 'grain', 'reads', 'on', 'state', 'recalls', 'takes', 'trap', 'note'];
const repeatable = ['trap', 'note'];

const root = fileURLToPath(new URL('..', import.meta.url));
const below = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
const names = below('sql', '.sql').map((file) => file.slice(0, -'.sql'.length));

interface Entry {
  key: string;
  text: string;
}

/** The entries of a header up to the features of a family, and the lines that are of another form. */
function headerOf(name: string): { entries: Entry[]; wrong: string[] } {
  const lines = statement(name).split('\n');
  const comments = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('--')),
  );
  const features = comments.findIndex((line) => line.startsWith('-- family '));
  const entries: Entry[] = [];
  const wrong = comments.filter((line) => line.length > 120);
  for (const line of features < 0 ? comments : comments.slice(0, features)) {
    const [, key, text] = /^-- (?=.{8}\S)([a-z]+) +(\S.*)$/.exec(line) ?? [];
    const more = /^-- {9,}(\S.*)$/.exec(line);
    if (key) entries.push({ key, text });
    else if (more && entries.length > 0) entries.at(-1)!.text += ` ${more[1]}`;
    else if (line !== '--') wrong.push(line);
  }
  return { entries, wrong };
}

const textOf = (name: string, key: string) => headerOf(name).entries.find((entry) => entry.key === key)?.text;
const wordsIn = (code: string, folder: string) => [...code.matchAll(/'(\w+)'/g)].map(([, word]) => `${folder}/${word}`);
const sorted = (list: Iterable<string>) => [...new Set(list)].sort();

/** The parameters of a statement as they stand in it; those of a panel are the variables of its dashboard. */
function parametersOf(name: string): string[] {
  const body = statement(name).replaceAll(/^--.*\n/gm, '');
  if (name.startsWith('metrics/')) return sorted(body.match(/\$(?!__)[a-z]+/g) ?? []);
  return sorted([...body.matchAll(token)].filter(([, value, part]) => value ?? part).map(([match]) => match));
}

describe('the headers', () => {
  it('are made of known keys in their order, the purpose first', () => {
    expect(names.length).toBeGreaterThan(150);
    for (const name of names) {
      const { entries, wrong } = headerOf(name);
      expect(wrong, name).toEqual([]);
      const found = entries.map(({ key }) => key);
      const known = name.startsWith('features/families/') ? familyKeys : keys;
      expect(found[0], name).toBe('purpose');
      expect(
        found.filter((key) => !known.includes(key)),
        name,
      ).toEqual([]);
      expect(found, name).toEqual([...found].sort((a, b) => known.indexOf(a) - known.indexOf(b)));
      const once = found.filter((key) => !repeatable.includes(key));
      expect(once, name).toEqual([...new Set(once)]);
    }
  });

  it('name the parameters that the statement uses, and no other', () => {
    for (const name of names) {
      const takes = textOf(name, 'takes');
      const parameters = parametersOf(name);
      expect(takes === undefined, name).toBe(parameters.length === 0);
      expect(sorted(takes?.match(/:[a-z_]+|\{[a-z_]+\}|\$[a-z]+/g) ?? []), name).toEqual(parameters);
    }
  });

  it('name what the statement writes', () => {
    for (const name of names) {
      const text = statement(name);
      const [, table] = /^INSERT INTO (\S+)/m.exec(text) ?? [];
      if (table) expect(textOf(name, 'writes'), name).toBe(table);
      const writes = /^(INSERT INTO|COPY|CREATE OR REPLACE TEMP (TABLE|VIEW)) /m.test(text);
      expect(textOf(name, 'writes') !== undefined, name).toBe(writes);
    }
  });

  it('are no block comments, which bind does not know', () => {
    expect(names.filter((name) => statement(name).includes('/*'))).toEqual([]);
  });
});

describe('the statements', () => {
  const rooms = ['app', 'docker', 'features', 'ingest', 'jobs', 'lib', 'models'];
  const sources = rooms
    .flatMap((room) => below(room, '.ts').map((file) => join(room, file)))
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'));
  const folders = sorted(names.map((name) => name.split('/')[0]));
  const spelled = new RegExp(`'((?:${folders.join('|')})(?:/[a-z0-9_]+)+)'`, 'g');
  const namesIn = (source: string) => [...source.matchAll(spelled)].map(([, name]) => name);
  const named = sources.flatMap(namesIn);

  // Whatever these name is for the DuckDB of an import.
  const reader = ['archive_database', 'part_reader', 'candle_reader', 'survey']
    .map((file) => readFileSync(join(root, `ingest/archives/${file}.ts`), 'utf8'))
    .join('\n');
  const macros = /const macros = \[([^;]*)\]/.exec(reader)?.[1] ?? '';
  const duckdb = [...namesIn(reader), ...wordsIn(macros, 'imports/macros')];
  // The bars of the features, which have columns put into them.
  const compose = readFileSync(join(root, 'features/compose.ts'), 'utf8');
  const bars = wordsIn(compose.match(/withStored\('\w+'/g)?.join('\n') ?? '', 'features');

  it('that code names are all there', () => {
    expect(named.length).toBeGreaterThan(80);
    const known = new Set([...names, 'features/families']);
    expect([...named, ...duckdb, ...bars].filter((name) => !known.has(name))).toEqual([]);
  });

  it('are all named by code, or in a folder that is read whole', () => {
    // By features/catalogue.ts, by lib/questdb/migrations.ts, and by panels: see docker/grafana/dashboards.test.ts.
    const whole = /^(features\/families|tables|metrics)\//;
    const known = new Set([...named, ...duckdb, ...bars]);
    expect(names.filter((name) => !known.has(name) && !whole.test(name))).toEqual([]);
  });

  it('are named without their folder only where this test knows of it', () => {
    const prefixes = sources.flatMap((source) => [...source.matchAll(/statement\(`(\w+)\/\$\{/g)].map(([, at]) => at));
    expect(sorted(prefixes)).toEqual(['features', 'metrics']);
  });

  it('that run in DuckDB say so, and no other', () => {
    const said = names.filter((name) => textOf(name, 'engine') !== undefined);
    expect(said).toEqual(said.filter((name) => textOf(name, 'engine') === 'DuckDB'));
    expect(sorted(said)).toEqual(sorted(duckdb));
  });

  it('are found by name, and only those', () => {
    expect(statement('gaps/record')).toMatch(/INSERT INTO gaps/);
    expect(() => statement('gaps/nothing')).toThrow(/ENOENT/);
  });
});
