import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FailedAnswer } from './faults.ts';

/** Answers an upgrade request with something else than an upgrade, and hangs up. */
export function refuseHandshake(socket: Duplex, { status, body, contentType, headers }: FailedAnswer): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${contentType ?? 'application/json'}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
