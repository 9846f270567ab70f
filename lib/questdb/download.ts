import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import tls from 'node:tls';
import { basic } from '#lib/basic_authentication.ts';
import type { QuestDbAddress } from './database.ts';
import { HttpBody, headOf } from './http_body.ts';

/** An answer whose body comes piece by piece. */
export interface Download {
  status: number;
  /** Each piece stands until the next one is asked for. Who leaves before the last one ends the connection. */
  pieces: AsyncGenerator<Buffer>;
}

/** Bytes that are read at a time at most. */
const atATime = 1 << 20;

/** A head of an answer is shorter. */
const longestHead = 64 << 10;

/**
 * A GET whose answer is large, read into the same memory again and again. The HTTP clients of Node take new memory for each
 * 64 KiB, and the collections that this brings about take longer than the answer. It has a connection of its own, because
 * QuestDB counts a connection that rests after an export as an export, and ends it when it likes.
 * @throws an Error where there is no answer, or it ends too early
 */
export async function download(address: QuestDbAddress, path: string, signal?: AbortSignal): Promise<Download> {
  const connection = await connected(address, signal);
  try {
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${address.host}:${address.httpPort}`,
      `Authorization: ${basic(address)}`,
      'Connection: close',
    ];
    connection.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const { head, rest } = await readHead(connection);
    return { status: head.status, pieces: piecesOf(connection, new HttpBody(head), rest) };
  } catch (cause) {
    connection.socket.destroy();
    throw cause;
  }
}

async function readHead(connection: Source) {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const piece = await connection.read();
    if (!piece || bytes.length > longestHead) throw new Error('the server ended the connection without an answer');
    bytes = Buffer.concat([bytes, piece]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end >= 0) return { head: headOf(bytes.toString('latin1', 0, end)), rest: bytes.subarray(end + 4) };
  }
}

async function* piecesOf(connection: Source, body: HttpBody, rest: Buffer): AsyncGenerator<Buffer> {
  try {
    for (let bytes: Buffer | undefined = rest; bytes; bytes = body.isWhole ? undefined : await connection.read()) {
      const content = body.content(bytes);
      if (content.length > 0) yield content;
    }
    if (!body.mayEnd) throw new Error('the answer ended too early');
  } finally {
    connection.socket.destroy();
  }
}

/** A connection, and how its bytes come. */
interface Source {
  socket: Socket;
  /** @returns the next bytes, which stand until the next call; undefined at the end */
  read(): Promise<Buffer | undefined>;
}

async function connected({ host, httpPort: port, tls: isSecure, tlsVerify }: QuestDbAddress, signal?: AbortSignal) {
  const name = net.isIP(host) === 0 ? { servername: host } : {};
  const source = isSecure
    ? secure(tls.connect({ host, port, ...name, rejectUnauthorized: tlsVerify }))
    : plain(host, port);
  if (signal) addAbortSignal(signal, source.socket);
  await once(source.socket, isSecure ? 'secureConnect' : 'connect');
  return source;
}

/** What is decrypted comes all at once: it cannot wait for the memory of what came before. */
function secure(socket: Socket): Source {
  const bytes: AsyncIterator<Buffer, undefined> = socket[Symbol.asyncIterator]();
  // Who reads is told, and nobody else.
  socket.on('error', () => {});
  return { socket, read: async () => (await bytes.next()).value };
}

/** Read into one piece of memory; the connection rests until that was used. */
function plain(host: string, port: number): Source {
  let [came, error]: [Buffer | undefined, Error | undefined] = [undefined, undefined];
  let hasEnded = false;
  let wake = () => {};
  const callback = (length: number, memory: Uint8Array) => {
    if (came) socket.destroy(new Error('bytes came before those before them were used'));
    came = Buffer.from(memory.buffer, memory.byteOffset, length);
    wake();
    return false;
  };
  const socket = net.connect({ host, port, onread: { buffer: Buffer.allocUnsafeSlow(atATime), callback } });
  socket.on('error', (cause) => {
    error = cause;
  });
  const end = () => {
    hasEnded = true;
    wake();
  };
  socket.on('end', end).on('close', end);
  const read = async () => {
    if (!came && !hasEnded) {
      const next = new Promise<void>((resolve) => {
        wake = resolve;
      });
      socket.resume();
      await next;
    }
    if (error) throw error;
    const bytes = came;
    came = undefined;
    return bytes;
  };
  return { socket, read };
}
