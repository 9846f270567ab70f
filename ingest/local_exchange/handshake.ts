import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FailedAnswer } from './faults.ts';

/** Begins an answer to an upgrade request and goes on with it byte by byte, without an end. */
export function dripHandshake(socket: Duplex, everyMs: number): void {
  const bytes = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Drip: `;
  let sent = 0;
  const timer = setInterval(() => socket.write(bytes[sent++] ?? 'x'), everyMs);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clearInterval(timer));
  // A socket that nobody reads does not learn that the other side has gone.
  socket.resume();
}

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
