import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '#app/testing/cli.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { freePort } from '#lib/services/ports.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const symbols = ['BTC-USDT', 'ETH-USDT'];
let directory: string;
let out: string;
let exchange: LocalExchange;
let env: NodeJS.ProcessEnv;
let children: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'record-cli-'));
  out = join(directory, 'recording');
  env = {
    TICKFOREST_DATA_DIR: join(directory, 'data'),
    TICKFOREST_LOG_FORMAT: 'json',
    TICKFOREST_RECORDINGS: undefined,
  };
  children = [];
  const market = simulateMarket({ symbols, seed: 5, start: Date.UTC(2026, 2, 3, 10), historyMinutes: 1 });
  exchange = await startExchange({ market, speed: 60, autoplay: true });
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await exchange.close();
  await rm(directory, { recursive: true });
});

/** The command in a process of its own that goes on; `shell`: by way of this command line, with the command as "$@". */
function start(args: string[], shell?: string) {
  const command = shell ? ['bash', '-c', shell, 'bash', process.execPath] : [process.execPath];
  const child = spawn(command[0], [...command.slice(1), main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (data) => {
      output[name] += data;
    });
  }
  return { child, output, closed: once(child, 'close') as Promise<[number | null, string | null]> };
}

async function until(holds: () => boolean | Promise<boolean>) {
  for (const deadline = Date.now() + 300_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error('not within 300 s');
    await sleep(20);
  }
}

const record = (...more: string[]) => [
  ...['record', '--exchange', exchange.restUrl, '--out', out, '--symbols', symbols.join()],
  ...more,
];
const framesIn = async () => (await readdir(join(out, 'frames')).catch(() => [])).sort();
/** All lines on disk, by zlib alone. */
async function lines() {
  const texts = await Promise.all((await framesIn()).map((name) => readFile(join(out, 'frames', name))));
  return texts.filter(({ length }) => length > 0).flatMap((text) => gunzipSync(text).toString().trimEnd().split('\n'));
}

describe('record and replay', () => {
  it('record a market until its time is over, and replay it into another recording: the same frames', async () => {
    const first = await runCli(record('--symbols', 'BTC-USDT,ETH-USDT,NONE-USDT', '--minutes', '0.05', '--json'), env);
    expect(first.code, first.stderr).toBe(0);
    const summary = JSON.parse(first.stdout);
    expect(summary).toMatchObject({ venue: 'sim', symbols, skipped: ['NONE-USDT'], lost: 0, rejected: 0, files: 1 });
    expect(summary.ticks).toBeGreaterThan(50);
    const recorded = await lines();
    expect(recorded.length).toBe(summary.written);

    const replaying = start(['replay', out, '--speed', 'max', '--port', '0', '--json']);
    await until(() => replaying.output.stdout.endsWith('}\n'));
    const { restUrl, topics, protocol } = JSON.parse(replaying.output.stdout);
    expect([topics, protocol]).toEqual([4, 'blofin']);
    const copy = join(directory, 'copy');
    const second = await runCli(
      ['record', '--exchange', restUrl, '--out', copy, '--symbols', symbols.join(), '--json'],
      env,
    );
    expect(second.code, second.stderr).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ venue: 'sim', ticks: summary.ticks, rejected: 0, lost: 0 });
    expect((await replaying.closed)[0]).toBe(0);
    expect(replaying.output.stderr).toContain(`Played ${summary.ticks.toLocaleString('en-US')} frames`);

    const pushesOf = (all: string[]) =>
      all.flatMap((line) => ('data' in (JSON.parse(line).frame ?? {}) ? [JSON.stringify(JSON.parse(line).frame)] : []));
    out = copy;
    expect(pushesOf(await lines())).toEqual(pushesOf(recorded));
  });

  it('a killed recorder leaves what it wrote; the next one adds a file, and both are played', async () => {
    const killed = start(record());
    await until(async () => (await lines()).length > 100);
    killed.child.kill('SIGKILL');
    await killed.closed;
    const before = (await lines()).length;
    const again = await runCli(record('--minutes', '0.03'), env);
    expect(again.code, again.stderr).toBe(0);
    const files = await framesIn();
    expect(files.length).toBe(2);
    const all = await lines();
    expect(all.length).toBeGreaterThan(before);
    const [entry] = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')).recordings;
    // Only what was ended properly is counted.
    expect(entry.files.map(({ name, rows }: { name: string; rows: number }) => [name, rows])).toEqual([
      [files[1], all.length - before],
    ]);
    const replaying = start(['replay', out, '--speed', 'max', '--port', '0']);
    await until(() => replaying.output.stdout.includes('REST'));
    const restUrl = /REST\s+(\S+)/.exec(replaying.output.stdout)![1];
    const copy = await runCli(
      ['record', '--exchange', restUrl, '--out', join(directory, 'copy'), '--symbols', symbols.join(), '--json'],
      env,
    );
    const pushes = all.filter((line) => 'data' in (JSON.parse(line).frame ?? {})).length;
    const { ticks, rejected } = JSON.parse(copy.stdout);
    expect([ticks, rejected]).toEqual([pushes, 0]);
  });

  it('Ctrl-C ends a recording in order, and a replay too', async () => {
    const recording = start(record());
    await until(async () => (await lines()).length > 100);
    recording.child.kill('SIGINT');
    expect((await recording.closed)[0]).toBe(0);
    expect(recording.output.stdout).toMatch(/frames of sim in 1 files .* Play them with \.\/tickforest replay/);
    const replaying = start(['replay', out, '--port', '0']);
    await until(() => replaying.output.stdout.includes('Press Ctrl-C to stop'));
    replaying.child.kill('SIGINT');
    expect((await replaying.closed)[0]).toBe(0);
  });

  it('a full disk is told in a sentence, and what was written before is whole', async () => {
    // The system refuses to let a file grow beyond this many kilobytes, as a full disk does.
    const { output, closed } = start(record(), 'trap \'\' XFSZ; ulimit -f 8; exec "$@"');
    expect((await closed)[0]).toBe(1);
    expect(output.stderr).toMatch(/tickforest: The recording in .* cannot be written: EFBIG.*\. Make room there/);
    expect((await lines()).length).toBeGreaterThan(50);
  });

  it('a replay takes requests for faults where it is asked to', async () => {
    await runCli(record('--minutes', '0.03'), env);
    const replaying = start(['replay', out, '--port', '0', '--faults', '--json']);
    await until(() => replaying.output.stdout.endsWith('}\n'));
    const { restUrl, faultsUrl } = JSON.parse(replaying.output.stdout);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ banRest: { ms: 60_000 } });
    expect((await fetch(faultsUrl, { method: 'POST', headers, body })).status).toBe(200);
    expect((await fetch(`${restUrl}/api/v1/market/instruments`)).status).toBe(429);
    replaying.child.kill('SIGTERM');
    expect((await replaying.closed)[0]).toBe(0);
  });
});

describe('what cannot be recorded or replayed is told in a sentence, with exit code 1', () => {
  it('an exchange that is not there', async () => {
    const url = `http://127.0.0.1:${await freePort(29_500)}`;
    const { code, stderr } = await runCli(['record', '--exchange', url, '--out', out], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /cannot be reached, and tickforest does not invent data\. Check the address.*protocol of Blofin/,
    );
    expect(await framesIn()).toEqual([]);
  });

  it('symbols that the exchange does not list', async () => {
    const { code, stderr } = await runCli(record('--symbols', 'NONE-USDT'), env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/lists none of NONE-USDT.*--symbols/);
  });

  it('a directory that cannot be written', async () => {
    await writeFile(join(directory, 'file'), '');
    const { code, stderr } = await runCli(record('--out', join(directory, 'file', 'below')), env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be written: ENOTDIR.*another directory/);
  });

  it('a directory without recordings', async () => {
    const { code, stderr } = await runCli(['replay', join(directory, 'none')], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/none is no directory of recordings/);
    await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings: [] }));
    expect((await runCli(['replay', directory], env)).stderr).toMatch(
      /no recorded frames that can be played.*blofin-frames/,
    );
  });

  it('a port that is taken, and an option that is none', async () => {
    await runCli(record('--minutes', '0.02'), env);
    const port = new URL(exchange.restUrl).port;
    const { code, stderr } = await runCli(['replay', out, '--port', port], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot listen: .*EADDRINUSE.*Choose another port/);
    expect((await runCli(['replay', out, '--speed', 'fast'], env)).stderr).toMatch(/a number above 0, or max/);
    expect((await runCli(['replay', out, '--symbols', 'XXX-USDT'], env)).stderr).toMatch(/has no XXX-USDT.*BTC-USDT/);
  });
});
