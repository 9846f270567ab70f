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
  await waitUntilItAnswers('Redis', child, () => redisAnswers(port, child.pid), 180_000);
  return child;
}

/**
 * Whether a Redis on this port answers now; with `pid`, whether it is that process, since another one may have taken the
 * port after it was found free. Asked over a bare socket: while it loads its file Redis accepts connections but answers
 * PING with an error.
 */
export function redisAnswers(port: number, pid?: number): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\nINFO server\r\n'));
    socket.on('data', (data) => {
      text += data;
      if (!'+PONG\r\n'.startsWith(text.slice(0, 7))) return end(false);
      const answering = /\r\nprocess_id:(\d+)\r\n/.exec(text)?.[1];
      if (answering) end(pid === undefined || Number(answering) === pid);
    });
    socket.once('close', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
