import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Config } from '#lib/config.ts';
import { credentialsOf, writePrivate } from './credentials.ts';
import { type StartedProcess, startProcess, waitUntilItAnswers } from './process.ts';

/** What would empty, reconfigure or take over a server, and what nothing here needs. */
const refused = ['FLUSHALL', 'FLUSHDB', 'CONFIG', 'DEBUG', 'MODULE', 'REPLICAOF', 'SLAVEOF', 'MIGRATE', 'SHUTDOWN'];

/** Its settings are in a file, since everybody can read a command line. */
export async function startRedis(config: Config, port: number): Promise<StartedProcess> {
  const directory = join(config.dataDir, 'redis');
  mkdirSync(directory, { recursive: true });
  const { password } = credentialsOf(config.dataDir).redis;
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${JSON.stringify(directory)}`,
    `requirepass ${password}`,
    ...refused.map((command) => `rename-command ${command} ""`),
    // noeviction and the append-only file: a queue must not lose jobs, neither to memory pressure nor to a crash.
    'appendonly yes',
    'maxmemory-policy noeviction',
    'save ""',
  ];
  const file = join(directory, 'redis.conf');
  writePrivate(file, settings.join('\n'));
  // Redis rewrites its title to `redis-server 127.0.0.1:PORT`, which is the mark it is known by.
  const child = startProcess('redis-server', [file], join(config.dataDir, 'logs', 'redis.log'));
  await waitUntilItAnswers('Redis', child, () => redisAnswers(port, password, child.pid), 180_000);
  return child;
}

/**
 * Whether a Redis on this port answers now; with `pid`, whether it is that process, since another one may have taken the
 * port after it was found free. Asked over a bare socket: while it loads its file Redis accepts connections but answers
 * PING with an error.
 * @param password undefined for one that an earlier version has started, without
 */
export function redisAnswers(port: number, password: string | undefined, pid?: number): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    const login = password === undefined ? '' : `AUTH ${password}\r\n`;
    const expected = `${login && '+OK\r\n'}+PONG\r\n`;
    socket.once('connect', () => socket.write(`${login}PING\r\nINFO server\r\n`));
    socket.on('data', (data) => {
      text += data;
      if (!expected.startsWith(text.slice(0, expected.length))) return end(false);
      const answering = /\r\nprocess_id:(\d+)\r\n/.exec(text)?.[1];
      if (answering) end(pid === undefined || Number(answering) === pid);
    });
    socket.once('close', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
