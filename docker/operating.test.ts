import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { developerCommands } from '#app/cli/developer.ts';
import { program } from '#app/cli/program.ts';
import { schedules } from '#jobs/queue/schedules.ts';
import { settingPaths, variableOf } from '#lib/config.ts';
import { readCompose, readEnvFile } from './testing/compose_file.ts';
import { context } from './testing/image.ts';

const manual = readFileSync(join(context, 'docs', 'operating.md'), 'utf8');
const lines = [...manual.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block.trim().split('\n'));

/** Fails unless the command line takes these words. */
function parse(words: string[]): void {
  let command = program(developerCommands());
  let rest = words;
  for (;;) {
    const below = command.commands.find((each) => each.name() === rest[0]);
    if (!below) break;
    command = below;
    rest = rest.slice(1);
  }
  expect(command.name(), words.join(' ')).not.toBe('tickforest');
  // A default subcommand would run as well, and start servers.
  for (const each of [command, ...command.commands]) {
    each
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .action(() => {});
  }
  expect(() => command.parse(rest, { from: 'user' }), words.join(' ')).not.toThrow();
}

describe('docs/operating.md', () => {
  it('has only commands that exist, with options that they take, in the containers too', () => {
    const { services } = readCompose(readEnvFile('.env.example', false));
    let parsed = 0;
    for (const line of lines) {
      const words = line.split(' ');
      if (words[0] === './tickforest') parse(words.slice(1));
      const inContainer = /^docker compose (?:exec (\w+) node app\/cli\/main\.ts|run --rm --no-deps (\w+)) (.*)$/.exec(
        line,
      );
      if (inContainer) {
        expect(Object.keys(services)).toContain(inContainer[1] ?? inContainer[2]);
        parse(inContainer[3].split(' '));
      }
      if (words[0] === './tickforest' || inContainer) parsed++;
    }
    expect(parsed).toBeGreaterThan(8);
  });

  it('lists every schedule', () => {
    const listed = [...manual.matchAll(/^\| `([\w-]+)` \|.*\|.*\|$/gm)].map(([, id]) => id);
    for (const { id } of schedules('03:10')) expect(listed).toContain(id);
  });

  it('names only settings, files, volumes and links that exist', () => {
    const paths = settingPaths();
    const settings = paths.map((path) => path.join('.'));
    const groups = new Set(paths.map(([group]) => group));
    for (const [, name] of manual.matchAll(/`([a-z]+\.[a-zA-Z]+)`/g))
      if (groups.has(name.split('.')[0])) expect(settings).toContain(name);
    for (const [name] of manual.matchAll(/TICKFOREST_[A-Z_]+/g))
      expect(paths.map(variableOf)).toContain(name.replace(/_FILE$/, ''));
    for (const [, path] of manual.matchAll(/`((?:docker|lib|sql)\/[\w./-]+)`/g))
      if (path !== 'docker/.env') expect(existsSync(join(context, path)), path).toBe(true);
    for (const [, path] of manual.matchAll(/\]\((?!http|#)([^)]+)\)/g))
      expect(existsSync(join(context, 'docs', path.split('#')[0])), path).toBe(true);
    const { volumes } = readCompose(readEnvFile('.env.example', false));
    for (const volume of Object.keys(volumes)) expect(manual).toContain(`\`${volume}\``);
  });
});
