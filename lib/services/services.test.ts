import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { freePort } from './ports.ts';
import { isOurs, startProcess, waitUntilItAnswers } from './process.ts';
import { questDbAnswers, questDbJar, questDbVersion } from './questdb.ts';
import { redisAnswers } from './redis.ts';
import { acquireServices, type Running, runningServices, stopServices } from './services.ts';
import { exclusively } from './usage.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let dataDir: string;
let config: Config;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tickforest-services-'));
  config = configSchema.parse({
    dataDir,
    questdb: { httpPort: 31_000, pgPort: 32_000, heap: '256m' },
    redis: { port: 33_000 },
  });
});
afterEach(async () => {
  await stopServices(config, silent);
  rmSync(dataDir, { recursive: true, force: true });
});

const file = () => join(dataDir, 'services.json');
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

async function gone(...pids: number[]) {
  while (pids.some(isAlive)) await sleep(10);
}

/** The servers as the version before has started them, and the file that it has left. */
async function startWithoutPasswords(): Promise<Required<Running>> {
  const [http, pg, port] = [await freePort(31_200), await freePort(32_200), await freePort(33_200)];
  const directory = (name: string) => join(dataDir, name);
  mkdirSync(join(directory('questdb'), 'conf'), { recursive: true });
  mkdirSync(directory('redis'), { recursive: true });
  const conf = [`http.bind.to=127.0.0.1:${http}`, `pg.net.bind.to=127.0.0.1:${pg}`, 'http.min.enabled=false'];
  conf.push('line.tcp.enabled=false', 'telemetry.enabled=false');
  writeFileSync(join(directory('questdb'), 'conf', 'server.conf'), conf.join('\n'));
  const java = ['-Xmx256m', '-p', questDbJar, '-m', 'io.questdb/io.questdb.ServerMain', '-d', directory('questdb')];
  const questdb = startProcess('java', java, join(dataDir, 'logs', 'questdb.log'));
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory('redis'), '--appendonly', 'yes'];
  const redis = startProcess('redis-server', options, join(dataDir, 'logs', 'redis.log'));
  await waitUntilItAnswers('QuestDB', questdb, () => questDbAnswers(http), 180_000);
  await waitUntilItAnswers('Redis', redis, () => redisAnswers(port, undefined, redis.pid), 180_000);
  const running = { questdb: { pid: questdb.pid!, http, pg }, redis: { pid: redis.pid!, port } };
  writeFileSync(file(), JSON.stringify(running));
  return running;
}

describe('the embedded services', () => {
  it('are started once, beside a port that is taken, shared, and stopped by the last who leaves', async () => {
    const squatter = createServer().listen(await freePort(config.questdb.httpPort), '127.0.0.1');
    await once(squatter, 'listening');
    const taken = (squatter.address() as AddressInfo).port;
    const first = await acquireServices({ ...config, questdb: { ...config.questdb, httpPort: taken } }, silent);
    squatter.close();
    expect(first.questdb.httpPort).toBeGreaterThan(taken);
    expect(first.started.sort()).toEqual(['questdb', 'redis']);
    const second = await acquireServices(config, silent);
    expect(second.started).toEqual([]);
    expect([second.questdb, second.redis]).toEqual([first.questdb, first.redis]);
    const running = runningServices(config);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(running);
    expect(running).toEqual({
      questdb: {
        ...{ pid: expect.any(Number), http: first.questdb.httpPort, pg: first.questdb.pgPort },
        ...{ user: expect.stringMatching(/^tickforest-\w+$/), password: expect.stringMatching(/^[\w-]{32}$/) },
      },
      redis: { pid: expect.any(Number), port: first.redis.port, password: expect.stringMatching(/^[\w-]{32}$/) },
    });

    await first.release();
    await first.release();
    expect(runningServices(config)).toEqual(running);
    const db = new QuestDb(second.questdb);
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    await db.close();

    await second.release();
    expect(runningServices(config)).toEqual({});
    expect(existsSync(file())).toBe(false);
    await gone(running.questdb!.pid, running.redis!.pid);
  });

  it('stay up where somebody asked to keep them, until down', async () => {
    const services = await acquireServices(config, silent);
    const { questdb, redis } = runningServices(config);
    await services.release({ keep: true });
    expect(isAlive(questdb!.pid) && isAlive(redis!.pid)).toBe(true);
    await (await acquireServices(config, silent)).release();
    expect(isAlive(questdb!.pid) && isAlive(redis!.pid)).toBe(true);
    const held = await acquireServices(config, silent);
    expect((await stopServices(config, silent)).sort()).toEqual(['questdb', 'redis']);
    await gone(questdb!.pid, redis!.pid);
    expect(await stopServices(config, silent)).toEqual([]);
    // Who still held them finds them gone and leaves all the same.
    await held.release();
  });

  it('of the version before go on as they are while they are used, and then start with passwords', async () => {
    const before = await startWithoutPasswords();
    // Another command, of the version before, uses them.
    const user = spawn('sleep', ['600']);
    mkdirSync(join(dataDir, 'uses'), { recursive: true });
    writeFileSync(join(dataDir, 'uses', `${user.pid}.before`), '');
    const beside = await acquireServices(config, silent);
    expect(beside.started).toEqual([]);
    expect(beside.questdb).toMatchObject({ user: 'admin', password: 'quest', httpPort: before.questdb.http });
    const old = new QuestDb(beside.questdb);
    await old.query('create table kept as (select 7 x)');
    await old.close();
    const jobs = new Redis({ ...beside.redis });
    await jobs.set('kept', '8');
    jobs.disconnect();
    await beside.release();
    expect(isAlive(before.questdb.pid) && isAlive(before.redis.pid)).toBe(true);

    user.kill();
    await once(user, 'exit');
    const services = await acquireServices(config, silent);
    expect(services.started.sort()).toEqual(['questdb', 'redis']);
    await gone(before.questdb.pid, before.redis.pid);
    const open = await fetch(`http://127.0.0.1:${services.questdb.httpPort}/exec?query=select+1`);
    expect(open.status).toBe(401);
    const db = new QuestDb(services.questdb);
    expect(await db.query('select x from kept')).toEqual([{ x: 7 }]);
    await db.close();
    const redis = new Redis({ ...services.redis });
    expect(await redis.get('kept')).toBe('8');
    redis.disconnect();
  });

  it.skipIf(process.platform !== 'linux')(
    'leave none behind that a killed command had started and not written down',
    async () => {
      await acquireServices(config, silent);
      const left = runningServices(config);
      rmSync(file());
      const services = await acquireServices(config, silent);
      expect(services.started.sort()).toEqual(['questdb', 'redis']);
      await gone(left.questdb!.pid, left.redis!.pid);
      const db = new QuestDb(services.questdb);
      expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
      await db.close();
      await stopServices(config, silent);
    },
  );

  it('come back with what was acknowledged after both were killed, and keep their own files in order', async () => {
    // A server that is killed cannot remove the native libraries that it has unpacked.
    const native = () => readdirSync(join(dataDir, 'questdb', 'native')).map((name) => name.replace(/\d+\.\w+$/, ''));
    const before = await acquireServices(config, silent);
    let db = new QuestDb(before.questdb);
    await db.query('create table kept (ts timestamp, x int) timestamp(ts) partition by day wal');
    await db.query("insert into kept values ('2026-01-05', 42)");
    const redis = new Redis({ ...before.redis, lazyConnect: true });
    await redis.connect();
    await redis.set('kept', '42');
    redis.disconnect();
    await db.close();
    const { questdb: first, redis: second } = runningServices(config);
    process.kill(first!.pid, 'SIGKILL');
    process.kill(second!.pid, 'SIGKILL');
    while (runningServices(config).questdb || runningServices(config).redis) await sleep(10);

    expect(native().sort()).toEqual(['libquestdb', 'libquestdbr']);

    const after = await acquireServices(config, silent);
    expect(native().sort()).toEqual(['libquestdb', 'libquestdbr']);
    expect(after.started.sort()).toEqual(['questdb', 'redis']);
    db = new QuestDb(after.questdb);
    await db.applied(['kept']);
    expect(await db.query('select x from kept')).toEqual([{ x: 42 }]);
    await db.close();
    const again = new Redis({ ...after.redis, lazyConnect: true });
    await again.connect();
    expect(await again.get('kept')).toBe('42');
    again.disconnect();
    await before.release();
    await after.release();
    expect(existsSync(file())).toBe(false);
  });

  it('never go on with the server of somebody who was faster at the port', async () => {
    const configs = [1, 2].map((n) => ({ ...config, dataDir: join(dataDir, `race-${n}`) }));
    const services = await Promise.all(configs.map((own) => acquireServices(own, silent)));
    try {
      const running = configs.map(runningServices);
      const ports = running.flatMap(({ questdb, redis }) => [questdb!.http, questdb!.pg, redis!.port]);
      expect(new Set(ports).size).toBe(6);
      for (const [n, { questdb }] of services.entries()) {
        const db = new QuestDb(questdb);
        await db.query(`create table "own_${n}" (x int)`);
        const answer = await db.http(`/exec?${new URLSearchParams({ query: 'select table_name from tables()' })}`);
        expect(((await answer.json()) as { dataset: unknown }).dataset).toEqual([[`own_${n}`]]);
        await db.close();
      }
    } finally {
      for (const own of services) await own.release();
    }
  });

  it('leave nothing running when one of the two cannot start', async () => {
    const port = await freePort(config.redis.port);
    const hopeless = { ...config, questdb: { ...config.questdb, heap: '1m' } };
    await expect(acquireServices(hopeless, silent)).rejects.toThrow(/QuestDB ended while starting/);
    expect(runningServices(config)).toEqual({});
    expect(await freePort(config.redis.port)).toBe(port);
    expect(existsSync(file())).toBe(false);
  });
});

describe('what a crash leaves behind', () => {
  const write = (running: Running) => writeFileSync(file(), JSON.stringify(running));

  it('does not pass a foreign process for a server of ours, nor stops it', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '127.0.0.1:330000'], {
      stdio: 'ignore',
    });
    await once(stranger, 'spawn');
    const pid = stranger.pid!;
    // The same numbers in front of a longer port, as another Redis could have.
    write({ questdb: { pid, http: 31_000, pg: 32_000 }, redis: { pid, port: 33_000 } });
    expect(isOurs(pid, '127.0.0.1:330000')).toBe(true);
    expect(runningServices(config)).toEqual({});
    expect(await stopServices(config, silent)).toEqual([]);
    expect(isAlive(pid)).toBe(true);
    stranger.kill();
  });

  it('is an error that names the file where it cannot be read', async () => {
    writeFileSync(file(), '{"questdb": {');
    expect(() => runningServices(config)).toThrow(/services\.json is not valid JSON/);
    rmSync(file());
  });

  it('does not hold the services: neither the use by a dead process nor its lock', async () => {
    mkdirSync(join(dataDir, 'uses'));
    writeFileSync(join(dataDir, 'uses', `${deadPid()}.use`), '');
    mkdirSync(join(dataDir, 'services.lock'));
    writeFileSync(join(dataDir, 'services.lock', String(deadPid())), '');
    const services = await acquireServices(config, silent);
    const { redis } = runningServices(config);
    await services.release();
    await gone(redis!.pid);
    expect(existsSync(join(dataDir, 'services.lock'))).toBe(false);
  });

  it('does not hold the services where another process has its id by now', async () => {
    const others = 'another beginning';
    mkdirSync(join(dataDir, 'uses'));
    writeFileSync(join(dataDir, 'uses', `${process.pid}.use`), others);
    mkdirSync(join(dataDir, 'services.lock'));
    writeFileSync(join(dataDir, 'services.lock', String(process.pid)), others);
    const services = await acquireServices(config, silent);
    const { redis } = runningServices(config);
    await services.release();
    await gone(redis!.pid);
    expect(readdirSync(join(dataDir, 'uses'))).toEqual([]);
  });

  it('is taken over by one process only, however many want the lock of a dead one', async () => {
    const lock = join(dataDir, 'services.lock');
    const log = join(dataDir, 'order');
    mkdirSync(lock);
    writeFileSync(join(lock, String(deadPid())), '');
    const work = `
      const { exclusively } = await import(${JSON.stringify(join(root, 'lib/services/usage.ts'))});
      const { appendFileSync } = await import('node:fs');
      for (let turn = 0; turn < 5; turn++) await exclusively(${JSON.stringify(dataDir)}, async () => {
        appendFileSync(${JSON.stringify(log)}, 'begin ' + process.pid + '\\n');
        await new Promise((resolve) => setTimeout(resolve, 5));
        appendFileSync(${JSON.stringify(log)}, 'end ' + process.pid + '\\n');
      });`;
    const racers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', work], { cwd: root, stdio: 'ignore' }),
    );
    const codes = await Promise.all(racers.map(async (racer) => (await once(racer, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    const order = readFileSync(log, 'utf8').trim().split('\n');
    expect(order.length).toBe(40);
    for (let i = 0; i < order.length; i += 2) expect(order[i + 1]).toBe(order[i].replace('begin', 'end'));
  });
});

describe('exclusively', () => {
  it('lets one in at a time, also within a process, and frees the lock after an error', async () => {
    let inside = 0;
    const turns = Array.from({ length: 5 }, (_, i) =>
      exclusively(dataDir, async () => {
        inside += 1;
        expect(inside).toBe(1);
        await sleep(1);
        inside -= 1;
        if (i === 2) throw new Error('failed');
        return i;
      }),
    );
    const outcomes = await Promise.allSettled(turns);
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    ]);
    expect(existsSync(join(dataDir, 'services.lock'))).toBe(false);
  });
});

describe('freePort', () => {
  it('passes over ports that are taken, by others or by us', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const next = await freePort(port);
    expect(next).toBeGreaterThan(port);
    expect(await freePort(port, new Set([next]))).toBeGreaterThan(next);
    server.close();
    await once(server, 'close');
    expect(await freePort(port)).toBe(port);
  });
});

describe('servers of your own', () => {
  it('are used as they are: nothing is started, stopped or written', async () => {
    const own = configSchema.parse({
      dataDir: join(dataDir, 'untouched'),
      questdb: { host: 'db', httpPort: 1, pgPort: 2, user: 'u', password: 'p', tls: true },
      redis: { host: 'cache', port: 3, user: 'r', password: 's', database: 4, tls: true, tlsVerify: false },
    });
    const services = await acquireServices(own, silent);
    expect(services.started).toEqual([]);
    expect(services.questdb).toMatchObject({
      host: 'db',
      httpPort: 1,
      pgPort: 2,
      user: 'u',
      tls: true,
      embedded: false,
    });
    expect(services.redis).toEqual({
      ...{ host: 'cache', port: 3, username: 'r', password: 's', db: 4, tls: { rejectUnauthorized: false } },
    });
    await services.release();
    expect(existsSync(own.dataDir)).toBe(false);
  });
});

describe('the version of QuestDB', () => {
  it('is the same in the launcher, the pom and the code', () => {
    const launcher = readFileSync(join(root, 'tickforest'), 'utf8');
    const pom = readFileSync(join(root, 'lib', 'services', 'pom.xml'), 'utf8');
    expect(/^questdb_version=(\S+)/m.exec(launcher)?.[1]).toBe(questDbVersion);
    expect(/<artifactId>questdb<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1]).toBe(questDbVersion);
  });
});
