import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { runCli } from '#app/testing/cli.ts';
import { eventually } from '#lib/testing/eventually.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const symbols = 'BTC-USDT,ETH-USDT';
const minuteMs = 60_000;
let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
});

/** The command in a process of its own, once it has said where it is. */
async function simulate(...args: string[]) {
  const output = { stdout: '', stderr: '' };
  const options = ['--symbols', symbols, '--history-minutes', '30', '--json', ...args];
  child = spawn(process.execPath, [main, 'simulate', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.on('data', (data) => {
      output[name] += data;
    });
  await eventually(() => expect(output.stdout, output.stderr).toContain('\n'));
  const document = JSON.parse(output.stdout) as { url: string; [name: string]: unknown };
  const ask = async <T>(what: string) => {
    const answer = await fetch(`${document.url}/api/v1/market/${what}&instId=BTC-USDT`);
    return ((await answer.json()) as { data: T[] }).data;
  };
  const trades = async () => (await ask<{ ts: string; tradeId: string }>('trades?limit=100')).reverse();
  const ended = once(child, 'close') as Promise<[number | null]>;
  return { child, output, document, ask, trades, ended };
}

it('serves history up to now and trades that go on from there, until Ctrl-C', async () => {
  const started = Math.floor(Date.now() / minuteMs) * minuteMs;
  const { child, output, document, ask, trades, ended } = await simulate();
  expect(output.stdout.trim().split('\n')).toHaveLength(1);
  expect(output.stderr).toMatch(/^SIMULATED MARKET: its prices are made up\./);
  expect(document).toMatchObject({
    ...{ venue: 'sim', simulated: true, symbols: symbols.split(','), history_minutes: 30, speed: 1, seed: 1 },
    follow: `TICKFOREST_MARKET_SYMBOLS=${symbols} ./tickforest up --exchange ${document.url} --allow-simulated`,
  });

  await eventually(async () => expect(Number((await trades()).at(-1)?.ts)).toBeGreaterThan(Date.now() - 10_000));
  const now = await trades();
  // The ids of a minute count from 0.
  const numbers = Map.groupBy(now, ({ ts }) => Math.floor(Number(ts) / minuteMs));
  for (const [minute, of] of numbers)
    expect(of.map(({ tradeId }) => Number(tradeId))).toEqual(of.map((_, i) => minute * 1_000 + i));
  expect(Number(now[0].ts)).toBeGreaterThanOrEqual(started);
  const opens = (await ask<string[]>('candles?limit=100')).map(([ts]) => Number(ts)).reverse();
  expect(opens).toEqual(opens.map((_, i) => opens[0] + i * minuteMs));
  expect(opens.length).toBeGreaterThanOrEqual(30);
  expect(opens.at(-1)).toBeGreaterThanOrEqual(Number(now.at(-1)!.ts) - 2 * minuteMs);

  child.kill('SIGINT');
  expect((await ended)[0], output.stderr).toBe(0);
});

it('catches up with the clock where it is faster, and does not overtake it', async () => {
  const begun = Date.now();
  const { trades } = await simulate('--speed', '600', '--seed', '2');
  // It begins an hour ago, less five minutes.
  expect(Number((await eventually(async () => (await trades())[0] ?? Promise.reject())).ts)).toBeLessThan(begun);
  await eventually(async () => expect(Number((await trades()).at(-1)?.ts)).toBeGreaterThan(Date.now() - 10_000));
  for (let i = 0; i < 20; i++) {
    const newest = Number((await trades()).at(-1)!.ts);
    expect(newest).toBeLessThanOrEqual(Date.now());
  }
});

it('says in words how it is followed', async () => {
  child = spawn(process.execPath, [main, 'simulate', '--history-minutes', '1'], {
    env: { ...process.env, TICKFOREST_MARKET_VENUE: 'binance-um', TICKFOREST_MARKET_SYMBOLS: 'BTC-USDT' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout!.on('data', (data) => {
    stdout += data;
  });
  await eventually(() => expect(stdout).toContain('Press Ctrl-C to stop.'));
  expect(stdout).toMatch(
    /follow it +TICKFOREST_MARKET_VENUE=blofin \.\/tickforest up --exchange http:\/\/127\.0\.0\.1:\d+ --allow-simulated\n/,
  );
});

it.each([
  [['--speed', '0.5'], /Give a number of 1 or more/],
  [['--symbols', 'bitcoin'], /BITCOIN is not a symbol/],
  [['--history-minutes', '0'], /Give a whole number of 1 or more/],
])('refuses %j', async (args, reason) => {
  const { code, stdout, stderr } = await runCli(['simulate', ...args]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(reason);
});

it('refuses a port that is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { code, stdout, stderr } = await runCli(['simulate', '--port', String(port), '--symbols', symbols]);
  server.close();
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/The local exchange cannot listen: .* Choose another port, or 0 for any\./);
});
