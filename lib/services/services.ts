import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDbAddress } from '#lib/questdb/database.ts';
import { credentialsOf, writePrivate } from './credentials.ts';
import { stopOrphans } from './orphans.ts';
import { freePort } from './ports.ts';
import { isOurs, stopProcess } from './process.ts';
import { startQuestDb } from './questdb.ts';
import { startRedis } from './redis.ts';
import { exclusively, ServiceUses } from './usage.ts';

/** What `var/services.json` says of the embedded servers that run. Those that an earlier version has started ask for nothing. */
export interface Running {
  questdb?: { pid: number; http: number; pg: number; user?: string; password?: string };
  redis?: { pid: number; port: number; password?: string };
}

export interface RedisAddress {
  host: string;
  port: number;
  username?: string;
  password?: string;
  db: number;
  tls?: { rejectUnauthorized: boolean };
}

export interface Services {
  questdb: QuestDbAddress;
  redis: RedisAddress;
  /** Embedded servers that this call had to start. */
  started: string[];
  /** Gives them back: what nobody else uses and nobody asked to keep is stopped. */
  release(options?: { keep?: boolean }): Promise<void>;
}

/**
 * The servers this configuration asks for: your own where a host is set, else the embedded ones of the data directory,
 * which are started when they do not run yet.
 */
export async function acquireServices(config: Config, log: Logger): Promise<Services> {
  const embedded = { questdb: config.questdb.host === undefined, redis: config.redis.host === undefined };
  if (!embedded.questdb && !embedded.redis) return { ...addresses(config, {}), started: [], release: async () => {} };
  const uses = new ServiceUses(config.dataDir);
  const { running, started, use } = await exclusively(config.dataDir, async () => {
    try {
      if (!uses.used()) await stopUnprotected(config, log);
      return { ...(await startMissing(config, embedded, log)), use: uses.take() };
    } catch (error) {
      // Of two servers one may have started: without the other nobody has a use for it.
      if (!uses.held()) await stopEmbedded(config, log);
      throw error;
    }
  });
  return {
    ...addresses(config, running),
    started,
    release: ({ keep = false } = {}) =>
      exclusively(config.dataDir, async () => {
        uses.drop(use);
        if (keep) uses.keep();
        if (!uses.held()) await stopEmbedded(config, log);
      }),
  };
}

/** Stops the embedded servers of this data directory, whoever uses them. Returns the names of those that ran. */
export function stopServices(config: Config, log: Logger): Promise<string[]> {
  return exclusively(config.dataDir, async () => {
    new ServiceUses(config.dataDir).clear();
    return stopEmbedded(config, log);
  });
}

/** The embedded servers that run now; a file left by a crash says nothing. */
export function runningServices(config: Config): Running {
  const file = servicesFile(config);
  if (!existsSync(file)) return {};
  let running: Running;
  try {
    running = JSON.parse(readFileSync(file, 'utf8')) as Running;
  } catch (cause) {
    throw new UserError(
      `${file} is not valid JSON.`,
      'Remove it, and stop the servers it spoke of if they still run.',
      { cause },
    );
  }
  if (running.questdb && !isOurs(running.questdb.pid, questDbMark(config))) delete running.questdb;
  if (running.redis && !isOurs(running.redis.pid, redisMark(running.redis.port))) delete running.redis;
  return running;
}

/** Addresses of servers that run or are yours, starting none; undefined where an embedded one does not run. */
export function knownServices(config: Config): Pick<Services, 'questdb' | 'redis'> | undefined {
  // Ports from the file even of one that has died: that it does not answer is then said of it.
  const file = servicesFile(config);
  const written = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Running) : {};
  if (config.questdb.host === undefined && !written.questdb) return undefined;
  if (config.redis.host === undefined && !written.redis) return undefined;
  return addresses(config, {
    ...(config.questdb.host === undefined ? { questdb: written.questdb } : {}),
    ...(config.redis.host === undefined ? { redis: written.redis } : {}),
  });
}

/** Stops servers that an earlier version has left running and that ask nobody for a password: they start with one. */
async function stopUnprotected(config: Config, log: Logger): Promise<void> {
  const { questdb, redis } = runningServices(config);
  const open = [questdb, redis].some((server) => server && server.password === undefined);
  if (!open) return;
  log.info({}, 'starting the servers of an earlier version again, with passwords');
  await stopEmbedded(config, log);
}

async function startMissing(config: Config, embedded: { questdb: boolean; redis: boolean }, log: Logger) {
  const running = runningServices(config);
  const known = [running.questdb?.pid, running.redis?.pid].filter((pid) => pid !== undefined);
  await stopOrphans(config, known, log);
  const started: string[] = [];
  const begun: Promise<void>[] = [];
  if (embedded.questdb && !running.questdb) {
    started.push('questdb');
    const find = async () => {
      const http = await freePort(config.questdb.httpPort);
      return [http, await freePort(config.questdb.pgPort, new Set([http]))];
    };
    begun.push(
      onFreePorts(find, async ([http, pg]) => {
        log.info({ http, pg }, 'starting QuestDB');
        const child = await startQuestDb(config, http, pg);
        running.questdb = { pid: child.pid!, http, pg, ...credentialsOf(config.dataDir).questdb };
      }),
    );
  }
  if (embedded.redis && !running.redis) {
    started.push('redis');
    begun.push(
      onFreePorts(
        async () => [await freePort(config.redis.port)],
        async ([port]) => {
          log.info({ port }, 'starting Redis');
          const child = await startRedis(config, port);
          running.redis = { pid: child.pid!, port, ...credentialsOf(config.dataDir).redis };
        },
      ),
    );
  }
  const outcomes = await Promise.allSettled(begun);
  // What did start is written down even if the other did not, so that `down` finds it.
  writeRunning(config, running);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return { running, started };
}

/** A port may be taken by another program before the server has it: then it is started once more, on the next ones. */
async function onFreePorts(find: () => Promise<number[]>, start: (ports: number[]) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const ports = await find();
    try {
      return await start(ports);
    } catch (error) {
      const free = await Promise.all(ports.map(async (port) => (await freePort(port)) === port));
      if (attempt === 5 || free.every(Boolean)) throw error;
    }
  }
}

/** In order: jobs stop being handed out before the database goes. */
async function stopEmbedded(config: Config, log: Logger): Promise<string[]> {
  const running = runningServices(config);
  const stopped: string[] = [];
  if (running.redis) {
    log.info({ pid: running.redis.pid }, 'stopping Redis');
    await stopProcess(running.redis.pid, redisMark(running.redis.port), 15_000);
    stopped.push('redis');
  }
  if (running.questdb) {
    log.info({ pid: running.questdb.pid }, 'stopping QuestDB');
    await stopProcess(running.questdb.pid, questDbMark(config), 30_000);
    stopped.push('questdb');
  }
  rmSync(servicesFile(config), { force: true });
  return stopped;
}

/** Where the servers of this configuration are, of which embedded ones run at these ports. */
export function addresses(config: Config, running: Running): Pick<Services, 'questdb' | 'redis'> {
  const { questdb, redis } = config;
  return {
    questdb: running.questdb
      ? {
          host: '127.0.0.1',
          httpPort: running.questdb.http,
          pgPort: running.questdb.pg,
          user: running.questdb.user ?? 'admin',
          password: running.questdb.password ?? 'quest',
          database: 'qdb',
          tls: false,
          tlsVerify: true,
          embedded: true,
        }
      : { ...questdb, host: questdb.host!, embedded: false },
    redis: running.redis
      ? { host: '127.0.0.1', port: running.redis.port, password: running.redis.password, db: 0 }
      : {
          host: redis.host!,
          port: redis.port,
          username: redis.user,
          password: redis.password,
          db: redis.database,
          tls: redis.tls ? { rejectUnauthorized: redis.tlsVerify } : undefined,
        },
  };
}

export function writeRunning(config: Config, running: Running): void {
  mkdirSync(config.dataDir, { recursive: true });
  writePrivate(servicesFile(config), JSON.stringify(running));
}

export const servicesFile = (config: Config) => join(config.dataDir, 'services.json');
const questDbMark = (config: Config) => join(config.dataDir, 'questdb');
const redisMark = (port: number) => `127.0.0.1:${port}`;
