import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { developerCommands } from '#app/cli/developer.ts';
import { program } from '#app/cli/program.ts';
import { oneQuery } from '#app/cli/sql/one_query.ts';
import { makeShortRecording, shortTraining } from '#app/testing/short_recording.ts';
import { onlyReading, readAnswer } from '#lib/questdb/reading.ts';
import { configurationPage } from './config_page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const recordings = process.env.TICKFOREST_RECORDINGS;
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The lines of the shell blocks, in order. */
const commandsOf = (text: string) =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block.trim().split('\n'));

const commands = commandsOf(readme);

/** What needs Blofin, Docker, runs until Ctrl-C, or would run this suite inside itself: only its arguments are checked. */
const parsedOnly = /\.\/tickforest (test|backfill|up|status|simulate|bench)\b|docker /;

const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');

describe.each([
  ['README.md', readme],
  ['docs/data.md', page('data.md')],
])('%s', (name, text) => {
  it('has only commands that exist, with options that they take', () => {
    const lines = commandsOf(text);
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) {
      if (/^docker /.test(line)) continue;
      const bare = line.replace(/^(?:\w+=\S+ )*/, '').replace(/ < \S+$/, '');
      const words = bare.match(/"[^"]*"|\S+/g) ?? [];
      expect(words[0], line).toBe('./tickforest');
      let command = program(developerCommands());
      let rest = words.slice(1);
      for (;;) {
        const below = command.commands.find((each) => each.name() === rest[0]);
        if (!below) break;
        command = below;
        rest = rest.slice(1);
      }
      expect(command.name(), line).not.toBe('tickforest');
      // A default subcommand would run as well.
      for (const each of [command, ...command.commands]) {
        each
          .exitOverride()
          .configureOutput({ writeErr: () => {} })
          .action(() => {});
      }
      expect(() => command.parse(rest, { from: 'user' }), line).not.toThrow();
    }
  });

  it('has queries that QuestDB takes', async () => {
    const blocks = [...text.matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, block]) => block);
    const queries = blocks.flatMap((block) => block.split(/;$/m)).filter((query) => /\S/.test(query));
    expect(queries.length).toBeGreaterThan(3);
    const columnsOf = async (query: string) => {
      const { text } = onlyReading(oneQuery(query), 1);
      for await (const { columns } of readAnswer(inject('questdb'), text, 1)) return columns.length;
      return 0;
    };
    for (const query of queries) await expect(columnsOf(query), query).resolves.toBeGreaterThan(0);
  });

  it('names files that exist', () => {
    for (const [, path] of text.matchAll(/\]\((?!http|#)([^)]+)\)/g))
      expect(() => readFileSync(join(root, dirname(name), path.split('#')[0])), path).not.toThrow();
  });
});

describe('docs/configuration.md', () => {
  it('is what the schema says; else run: ./tickforest generate', () => {
    expect(readFileSync(join(root, 'docs', 'configuration.md'), 'utf8')).toBe(configurationPage());
  });
});

describe.skipIf(!recordings)('the commands of README.md, one after the other', () => {
  const copy = mkdtempSync(join(tmpdir(), 'tickforest-readme-'));
  beforeAll(() => {
    // A checkout of its own, so that nothing of this one is touched; what was fetched is shared.
    const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const file of stdout.trim().split('\n')) cpSync(join(root, file), join(copy, file));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    mkdirSync(join(copy, 'var'));
    symlinkSync(join(root, 'var', 'tools'), join(copy, 'var', 'tools'));
    // Whether a command works does not depend on how much it is given; app/demo trains on the recording in full.
    makeShortRecording(recordings!, join(copy, 'recordings'));
    mkdirSync(join(copy, 'path'));
    symlinkSync(join(copy, 'recordings', 'candles-1m'), join(copy, 'path', 'to'));
  });
  afterAll(() => {
    spawnSync('./tickforest', ['down'], { cwd: copy });
    rmSync(copy, { recursive: true, force: true });
  });

  const env = {
    ...process.env,
    ...shortTraining,
    TICKFOREST_RECORDINGS: join(copy, 'recordings'),
    TICKFOREST_QUESTDB_HTTP_PORT: '25000',
    TICKFOREST_QUESTDB_PG_PORT: '25100',
    TICKFOREST_REDIS_PORT: '25200',
  };

  it.each(commands.filter((line) => !parsedOnly.test(line)))('%s', (line) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: copy, encoding: 'utf8', env });
    expect(status, stderr.slice(-2_000)).toBe(0);
    expect(stdout.length).toBeGreaterThan(0);
  });
});
