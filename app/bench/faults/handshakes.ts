import type { Duplex } from 'node:stream';
import type { FailedAnswer } from '#ingest/local_exchange/faults.ts';
import { refuseHandshake } from '#ingest/local_exchange/handshake.ts';

/** What happens to a connection that asks for a WebSocket. */
export type BadHandshake = (socket: Duplex) => void;

/** Between two bytes of an answer that never ends: no timer for silence sees anything wrong. */
export const dripMs = 300;

export function refused(answer: FailedAnswer): BadHandshake {
  return (socket) => refuseHandshake(socket, answer);
}

/** The connection is taken, and that is all. */
export const silent: BadHandshake = () => {};

/** The right answer, a byte at a time. */
export const byDrops: BadHandshake = (socket) => {
  const answer = `HTTP/1.1 101 Switching Protocols\r\nX-Filler: ${'x'.repeat(4_000)}`;
  let sent = 0;
  const timer = setInterval(() => socket.write(answer[sent++ % answer.length]), dripMs);
  socket.on('close', () => clearInterval(timer));
};
