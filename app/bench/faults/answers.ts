import type { ServerResponse } from 'node:http';
import type { FailedAnswer } from '#ingest/local_exchange/faults.ts';
import { dripMs } from './handshakes.ts';

/** What a REST request gets instead of its answer. */
export type BadAnswer = (response: ServerResponse) => void;

export function instead({ status, body, contentType, headers }: FailedAnswer): BadAnswer {
  return (response) => {
    response.writeHead(status, { 'content-type': contentType ?? 'application/json', ...headers }).end(body);
  };
}

/** No answer at all. */
export const silence: BadAnswer = () => {};

/** JSON that never ends, a byte at a time. */
export const trickle: BadAnswer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"code":"0","msg":"success","data":[');
  const timer = setInterval(() => response.write(' '), dripMs);
  response.on('close', () => clearInterval(timer));
};

/** Of one answer, so that a reader without a limit takes the machine's memory in sight and not all of it. */
const endlessBytes = 2 ** 30;

/** JSON that never ends, as fast as it is read. */
export const endless: BadAnswer = (response) => {
  const part = Buffer.alloc(1_024 * 1_024, ' ');
  let sent = 0;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"code":"0","msg":"success","data":[');
  const more = () => {
    while (sent < endlessBytes && !response.destroyed) {
      sent += part.length;
      if (!response.write(part)) return void response.once('drain', more);
    }
  };
  more();
};
