import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCompose, readEnvFile } from './testing/compose_file.ts';
import { context, copies, execForm, imageEnvironment, importsOf, instructions } from './testing/image.ts';

const launcher = readFileSync(join(context, 'tickforest'), 'utf8');
const runtime = instructions().filter(({ stage }) => stage === 'runtime');

describe('the Dockerfile', () => {
  it('starts from the Node that the launcher fetches, by exact tag', () => {
    const stages = instructions().filter(({ word }) => word === 'FROM');
    const [, version] = /^node_version=(\S+)/m.exec(launcher)!;
    expect(stages[0].text).toBe(`node:${version}-bookworm-slim AS base`);
    for (const { text } of stages.slice(1)) expect(text).toMatch(/^base AS /);
    expect(stages.at(-1)!.text).toBe('base AS runtime');
  });

  it('copies only what exists and is sent to the builder', () => {
    for (const { source, files } of copies()) expect(files.length, source).toBeGreaterThan(0);
  });

  it('holds every folder of the program, and neither tests nor fixtures nor data', () => {
    const files = copies()
      .filter(({ stage }) => stage === 'runtime')
      .flatMap((copy) => copy.files);
    for (const file of [
      'app/cli/main.ts',
      'sql/tables/0010_ticks.sql',
      'jobs/train/train_processor.ts',
      'package.json',
    ])
      expect(files).toContain(file);
    const unwanted = /\.test\.ts$|fixtures|testing|^app\/(bench|docs)|node_modules|^var|secrets|\.env/;
    expect(files.filter((file) => unwanted.test(file))).toEqual([]);
  });

  it('lacks nothing that what it holds imports', () => {
    const files = copies()
      .filter(({ stage }) => stage === 'runtime')
      .flatMap((copy) => copy.files);
    const lacking = files
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => importsOf(file).filter((target) => !files.includes(target)));
    // main.ts looks whether it is there.
    expect([...new Set(lacking)]).toEqual(['app/cli/developer.ts']);
  });

  // npm puts an optional package that only a development dependency needs beside the others, where a package of the program
  // may find it too, and then installs it with the program. Where this fails, move it in package-lock.json under its user.
  it('installs no package that only development needs', () => {
    const { packages } = JSON.parse(readFileSync(join(context, 'package-lock.json'), 'utf8')) as {
      packages: { [path: string]: { dev?: boolean; dependencies?: object; optionalDependencies?: object } };
    };
    const needed = new Set<string>();
    const need = (user: string) => {
      const { dependencies, optionalDependencies } = packages[user];
      for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
        const places = user.split('/node_modules/').map((_, i, all) => all.slice(0, i + 1).join('/node_modules/'));
        const paths = ['', ...places].map((place) => `${place && `${place}/`}node_modules/${name}`);
        const found = paths.findLast((path) => path in packages);
        if (found === undefined || needed.has(found)) continue;
        needed.add(found);
        need(found);
      }
    };
    need('');
    expect(needed.size).toBeGreaterThan(50);
    const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
    expect(installed.map(([path]) => path).filter((path) => !needed.has(path))).toEqual([]);
  });

  it('runs as a user without rights, with a health check, and no launcher', () => {
    const words = runtime.map(({ word }) => word);
    expect(runtime.find(({ word }) => word === 'USER')?.text).toBe('node');
    expect(words.indexOf('USER')).toBeLessThan(words.indexOf('ENTRYPOINT'));
    expect(words.lastIndexOf('COPY')).toBeLessThan(words.indexOf('USER'));
    expect(execForm('HEALTHCHECK').slice(0, execForm('ENTRYPOINT').length)).toEqual(execForm('ENTRYPOINT'));
    expect(existsSync(join(context, execForm('ENTRYPOINT')[1]))).toBe(true);
  });

  it('agrees with compose.yaml on the data directory and on how a health check is called', () => {
    const { services } = readCompose(readEnvFile('.env.example', false));
    for (const name of ['ingest', 'worker']) {
      const { environment, healthcheck, command } = services[name];
      expect(environment!.TICKFOREST_DATA_DIR).toBe(imageEnvironment().TICKFOREST_DATA_DIR);
      expect(healthcheck!.test).toEqual(['CMD', ...execForm('ENTRYPOINT'), 'status', '--check', name]);
      expect(command).toEqual(['up', '--only', name]);
    }
  });
});
