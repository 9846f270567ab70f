import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '#lib/services/ports.ts';
import { type StartedProcess, startProcess, waitUntilItAnswers } from '#lib/services/process.ts';
import type { Service } from './compose_file.ts';

/**
 * Starts the command of the compose file's Redis as a plain process, without the image's entrypoint, on a free port of
 * 127.0.0.1.
 */
export async function startRedisService(
  { command }: Service,
  secrets: string,
  directory: string,
): Promise<{ port: number; process: StartedProcess }> {
  const port = await freePort(26_400);
  mkdirSync(directory, { recursive: true });
  const [shell, flag, text] = command!;
  const plain = text
    .replace('docker-entrypoint.sh redis-server -', `redis-server - --bind 127.0.0.1 --port ${port} --dir ${directory}`)
    .replaceAll('/run/secrets', secrets);
  const process = startProcess(shell, [flag, plain], join(directory, 'redis.log'));
  await waitUntilItAnswers('Redis', process, () => asksForPassword(port), 30_000);
  return { port, process };
}

/** A Redis that wants a password answers a PING without one with NOAUTH. */
function asksForPassword(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(data.toString().startsWith('-NOAUTH')));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
