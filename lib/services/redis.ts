import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Config } from '#lib/config.ts';
import { type StartedProcess, startProcess, waitUntilItAnswers } from './process.ts';

/** The data directory is on the command line too, so that the process can be told from any other Redis. */
export async function startRedis(config: Config, port: number): Promise<StartedProcess> {
  const directory = join(config.dataDir, 'redis');
  mkdirSync(directory, { recursive: true });
  // noeviction and the append-only file: a queue must not lose jobs, neither to memory pressure nor to a crash.
  const args = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--dir',
    directory,
    '--appendonly',
    'yes',
    '--maxmemory-policy',
    'noeviction',
    '--save',
    '',
  ];
  // Redis rewrites its title to `redis-server 127.0.0.1:PORT`, which is the mark it is known by.
  const child = startProcess('redis-server', args, join(config.dataDir, 'logs', 'redis.log'));
  await waitUntilItAnswers('Redis', child, () => redisAnswers(port), 30_000);
  return child;
}

/** PING over a bare socket: while it loads its file Redis accepts connections but answers with an error. */
export function redisAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
