import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { type Compose, readCompose, readEnvFile, type Service } from './testing/compose_file.ts';
import { context, execForm, imageEnvironment } from './testing/image.ts';
import { startRedisService } from './testing/redis_service.ts';
import { stageImage } from './testing/staged.ts';

/** Of this test alone: other tests use the same QuestDB and perhaps the same venue. */
const symbols = ['DOCKA-USDT', 'DOCKB-USDT'];
const address = inject('questdb');
const directory = mkdtempSync(join(tmpdir(), 'tickforest-docker-'));
const image = join(directory, 'app');
const secrets = join(directory, 'secrets');
const running = new Set<ChildProcess>();
let compose: Compose;
let exchange: LocalExchange;
let redis: Awaited<ReturnType<typeof startRedisService>>;
let db: QuestDb;

beforeAll(async () => {
  db = new QuestDb(address);
  // It began an hour ago and plays faster than time passes, so that whole minutes come soon but none from the future.
  const market = simulateMarket({ symbols, seed: 5, start: Date.now() - 3_600_000, historyMinutes: 700 });
  exchange = await startExchange({ market, speed: 20, autoplay: true });
  // What an operator writes into .env; the password of the test server stands for the one of the secret file.
  compose = readCompose({
    ...readEnvFile('.env.example', false),
    QUESTDB_USER: address.user,
    TICKFOREST_MARKET_REST_URL: exchange.restUrl,
    TICKFOREST_MARKET_WS_URL: exchange.wsUrl,
    TICKFOREST_MARKET_SYMBOLS: symbols.join(','),
    TICKFOREST_LIVE_DAYS: '0.4',
  });
  mkdirSync(secrets);
  for (const secret of Object.keys(compose.secrets))
    writeFileSync(join(secrets, secret), secret === 'questdb_password' ? `${address.password}\n` : 'of this test\n');
  stageImage(image);
  redis = await startRedisService(compose.services.redis, secrets, join(directory, 'redis'));
});

afterAll(async () => {
  await Promise.all([...running].map((child) => ended(child, 'SIGKILL')));
  await exchange?.close();
  if (redis) await ended(redis.process, 'SIGTERM');
  await db.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The container's environment, with the names of other containers replaced by where the test's servers are. */
function environment(name: string): Record<string, string> {
  const places: Record<string, string> = {
    TICKFOREST_QUESTDB_HOST: address.host,
    TICKFOREST_QUESTDB_HTTP_PORT: String(address.httpPort),
    TICKFOREST_QUESTDB_PG_PORT: String(address.pgPort),
    TICKFOREST_REDIS_HOST: '127.0.0.1',
    TICKFOREST_REDIS_PORT: String(redis.port),
    TICKFOREST_DATA_DIR: join(directory, volumeOf(compose.services[name])),
  };
  const given = { ...imageEnvironment(), ...compose.services[name].environment };
  const mapped = Object.entries(given).map(([key, value]) => [
    key,
    places[key] ?? value.replace('/run/secrets', secrets),
  ]);
  return Object.fromEntries(mapped);
}

const volumeOf = ({ volumes }: Service) => volumes![0].split(':')[0];

/** Runs words of the compose file the way a container would: in the image's directory, with nothing else in the environment. */
function start(name: string, words: string[]): ChildProcess & { output: () => string } {
  const [node, ...args] = words;
  expect(node).toBe('node');
  const child = spawn(process.execPath, args, {
    cwd: image,
    env: environment(name),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output = (output + data).slice(-20_000);
    });
  }
  running.add(child);
  child.once('close', () => running.delete(child));
  return Object.assign(child, { output: () => output });
}

const startService = (name: string) => start(name, [...execForm('ENTRYPOINT'), ...compose.services[name].command!]);

/** The exit code; null for one that a signal has ended. */
function ended(child: ChildProcess, signal?: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once('exit', (code) => resolve(code));
    if (signal) child.kill(signal);
  });
}

async function check(name: string): Promise<{ code: number | null; output: string }> {
  const child = start(name, compose.services[name].healthcheck!.test.slice(1));
  return { code: await ended(child), output: child.output() };
}

/** What Docker does at a stop: SIGTERM, and after the grace period SIGKILL, which leaves no exit code. */
async function stop(name: string, child: ChildProcess): Promise<number | null> {
  const seconds = Number(/^(\d+)s$/.exec(compose.services[name].stop_grace_period!)![1]);
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1_000);
  try {
    return await ended(child, 'SIGTERM');
  } finally {
    clearTimeout(timer);
  }
}

describe('the commands of compose.yaml as plain processes, from nothing but what the image holds', () => {
  const services: Record<string, ReturnType<typeof startService>> = {};
  const logs = () =>
    Object.entries(services)
      .map(([name, child]) => `${name}: ${child.output().slice(-3_000)}`)
      .join('\n');

  /** Waits for something to come true. A service that ends meanwhile, or too long a wait, fails with the logs. */
  async function until(what: string | (() => string), done: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 600_000;
    while (!(await done())) {
      const over = Object.values(services).some((child) => child.exitCode !== null);
      if (over || Date.now() > deadline)
        throw new Error(
          `${typeof what === 'string' ? what : what()}: ${over ? 'a service ended' : 'not in time'}\n${logs()}`,
        );
      await sleep(500);
    }
  }

  async function healthy(name: string): Promise<void> {
    let last = '';
    const what = () => `${name} healthy: ${last}`;
    await until(what, async () => {
      const { code, output } = await check(name);
      last = output;
      return code === 0;
    });
    expect(last).toContain(`${name} is healthy`);
  }

  const count = async (table: string, condition = '') => {
    const list = symbols.map((symbol) => `'${symbol}'`).join(', ');
    const [{ n }] = await db.query<{ n: number }>(
      `select count() n from ${table} where venue = 'sim' and symbol in (${list}) ${condition}`,
    );
    return n;
  };

  it('are unhealthy by their own health checks before they run', async () => {
    for (const name of ['ingest', 'worker']) {
      const { code, output } = await check(name);
      expect(code, output).toBe(1);
      expect(output).toContain(name === 'ingest' ? 'no feed has been started' : 'no worker has ever');
    }
  });

  it('bring in ticks and history, and close candles, and are healthy', async () => {
    services.worker = startService('worker');
    await healthy('worker');
    services.ingest = startService('ingest');
    await until('ticks', async () => (await count('ticks')) > 100);
    await until('history', async () => (await count('candles_1m', "and source = 'rest'")) > 100);
    await until('candles', async () => (await count('candles_1m', "and source = 'closer' and complete")) > 1);
    await healthy('ingest');
  });

  it('have a status with the fields that the manual explains, and no others', async () => {
    const child = start('worker', [...execForm('ENTRYPOINT'), 'status', '--json']);
    await ended(child);
    const document = /^\{$[\s\S]*^\}$/m.exec(child.output());
    const manual = readFileSync(join(context, 'docs', 'operating.md'), 'utf8');
    const [, table] = /^\| field of `status --json` \|.*\n([\s\S]*?)\n\n/m.exec(manual)!;
    const explained = table
      .split('\n')
      .flatMap((row) => [...row.split('|')[1].matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(Object.keys(JSON.parse(document![0])).sort()).toEqual(explained.sort());
  });

  it('refuse a second ingest beside the first', async () => {
    const second = startService('ingest');
    expect(await ended(second), second.output()).toBe(1);
    expect(second.output()).toContain('lease');
  });

  it('end in order when Docker stops them, and are unhealthy then', async () => {
    for (const name of ['ingest', 'worker']) expect(await stop(name, services[name]), logs()).toBe(0);
    const { code, output } = await check('ingest');
    expect(code, output).toBe(1);
    expect(output).toContain('the feed was stopped');
  });
});

describe('the health check of QuestDB', () => {
  it('finds a server that answers, and none where nobody does', async () => {
    const [, shell, ...args] = compose.services.questdb.healthcheck!.test;
    const at = (port: number) => {
      const child = spawn(
        shell,
        args.map((arg) => arg.replace('/9000', `/${port}`)),
        { stdio: 'ignore' },
      );
      return ended(child);
    };
    expect(await at(address.httpPort)).toBe(0);
    // The PostgreSQL wire of the same server: somebody listens, but not with this protocol.
    expect(await at(address.pgPort)).not.toBe(0);
  });
});
