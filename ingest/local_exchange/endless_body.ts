import type { ServerResponse } from 'node:http';
import type { RestBody } from './faults.ts';

/** Begins an answer and never ends it, until the client has gone. */
export function endlessBody(
  response: ServerResponse,
  how: Exclude<RestBody, 'whole'>,
  headers: { [name: string]: string },
): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  if (how === 'trickle') {
    const timer = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(timer));
    return;
  }
  const piece = Buffer.alloc(1_024 * 1_024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
}
