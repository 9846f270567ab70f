import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesOf } from '#app/testing/temporary_root.ts';

const launcher = fileURLToPath(new URL('../../tickforest', import.meta.url));
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'tickforest-inner-'));
});
afterEach(() => {
  for (const pid of processesOf(temporary)) process.kill(pid, 'SIGKILL');
  rmSync(temporary, { recursive: true, force: true });
});

/** What runs of it, as words of the command line; for Redis its title. */
const running = () =>
  processesOf(temporary).map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  });

/** `./tickforest test` with a temporary folder of its own. */
function start(...filters: string[]) {
  // Without what this run has given to its own tests.
  const { VITEST: _, VITEST_WORKER_ID: _w, VITEST_POOL_ID: _p, ...env } = process.env;
  const child = spawn(launcher, ['test', ...filters], {
    env: { ...env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += data;
    });
  return { child, closed: once(child, 'close') as Promise<[number | null, string | null]>, output: () => output };
}

describe.skipIf(process.platform !== 'linux')('./tickforest test', () => {
  it('closes with how many passed, and leaves neither processes nor files', async () => {
    const { closed, output } = start('lib/frame.test.ts');
    expect(await closed, output()).toEqual([0, null]);
    expect(output()).toMatch(/\n\d+ passed, 0 failed\n$/);
    expect(running()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('ends at SIGTERM with every server, those that tests have detached too', async () => {
    const { child, closed, output } = start('lib/services/services.test.ts');
    const early = closed.then((how) => {
      throw new Error(`ended early: ${how}\n${output()}`);
    });
    early.catch(() => {});
    // The servers of the run, and one of a data directory that a test has made.
    const wanted = [/redis-server/, /java .*tickforest-tests-\w+.services.questdb/, /java .*tickforest-services-/];
    for (let words = running(); !wanted.every((each) => words.some((of) => each.test(of))); words = running())
      await Promise.race([sleep(200), early]);
    child.kill('SIGTERM');
    expect(await closed, output()).toEqual([1, null]);
    expect(output()).toContain('The tests were ended by SIGTERM.');
    expect(running()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGHUP'] as const)('ends at %s before any test has begun', async (signal) => {
    const { child, closed, output } = start('lib/frame.test.ts');
    // The run has its folder now.
    while (readdirSync(temporary).length === 0) await sleep(5);
    child.kill(signal);
    expect(await closed, output()).toEqual([1, null]);
    expect(output()).toContain(`The tests were ended by ${signal}.`);
    expect(output()).not.toContain('RUN');
    expect(running()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
