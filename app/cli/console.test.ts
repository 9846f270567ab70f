import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import { basic } from '#lib/basic_authentication.ts';
import { eventually } from '#lib/testing/eventually.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tickforest-console-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const env = () => ({
  TICKFOREST_DATA_DIR: dataDir,
  TICKFOREST_LOG_FORMAT: 'json',
  TICKFOREST_QUESTDB_HTTP_PORT: '27500',
  TICKFOREST_QUESTDB_PG_PORT: '27600',
  TICKFOREST_REDIS_PORT: '27700',
});

it('starts the servers where none run, says where they are, and stops them at Ctrl-C', async () => {
  const child = spawn(process.execPath, [main, 'console', '--json'], {
    env: { ...process.env, ...env() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    await eventually(() => expect(stderr).toContain('Press Ctrl-C to stop the servers.'));
    const [{ url, user, password }] = JSON.parse(stdout);
    const headers = { authorization: basic({ user, password }) };
    // Its tables are there: one looks at them with the newest schema.
    const answer = await fetch(`${url}/exec?query=select+count()+from+ticks`, { headers });
    expect(await answer.json()).toMatchObject({ dataset: [[0]] });

    const beside = await runCli(['console'], env());
    expect([beside.code, beside.stdout]).toEqual([0, `${url}  user ${user}  password ${password}\n`]);
    expect(existsSync(join(dataDir, 'services.json'))).toBe(true);

    const ended = once(child, 'close');
    child.kill('SIGINT');
    expect((await ended)[0], stderr).toBe(0);
    expect(existsSync(join(dataDir, 'services.json'))).toBe(false);
    await expect(fetch(url, { headers })).rejects.toThrow();
  } finally {
    child.kill('SIGKILL');
    await runCli(['down'], env());
  }
});

it('says where your own server is, starts none, and tells where no browser can be opened', async () => {
  const servers = { questdb: inject('questdb'), redis: inject('redis') };
  const own = { ...sharedServers(servers, dataDir), PATH: dataDir };
  const { code, stdout, stderr } = await runCli(['console', '--open'], own);
  expect([code, stdout]).toEqual([1, expect.stringContaining(`:${servers.questdb.httpPort}  user `)]);
  expect(stderr).toMatch(/The browser cannot be opened with .* Open http:\S+ yourself\./);
  expect(existsSync(join(dataDir, 'services.json'))).toBe(false);
});
