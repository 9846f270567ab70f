import { once } from 'node:events';
import net, { type OnReadOpts, type Socket } from 'node:net';
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
  const connection = new Connection(address);
  if (signal) addAbortSignal(signal, connection.socket);
  try {
    await connection.open();
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

async function readHead(connection: Connection) {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const piece = await connection.read();
    if (!piece || bytes.length > longestHead) throw new Error('the server ended the connection without an answer');
    bytes = Buffer.concat([bytes, piece]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end >= 0) return { head: headOf(bytes.toString('latin1', 0, end)), rest: bytes.subarray(end + 4) };
  }
}

async function* piecesOf(connection: Connection, body: HttpBody, rest: Buffer): AsyncGenerator<Buffer> {
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

/** A connection that is read into one piece of memory, and rests until that was used. */
class Connection {
  readonly socket: Socket;
  readonly #opened: Promise<unknown>;
  #came: Buffer | undefined;
  #ended = false;
  #error: Error | undefined;
  #wake = () => {};

  constructor({ host, httpPort, tls: isSecure, tlsVerify }: QuestDbAddress) {
    const onread: OnReadOpts = {
      buffer: Buffer.allocUnsafeSlow(atATime),
      callback: (length, memory) => {
        this.#came = Buffer.from(memory.buffer, memory.byteOffset, length);
        this.#wake();
        return false;
      },
    };
    const target = { host, port: httpPort, onread };
    const servername = net.isIP(host) === 0 ? { servername: host } : {};
    this.socket = isSecure
      ? tls.connect({ ...target, ...servername, rejectUnauthorized: tlsVerify })
      : net.connect(target);
    this.#opened = once(this.socket, isSecure ? 'secureConnect' : 'connect');
    this.socket.on('error', (error) => {
      this.#error = error;
    });
    for (const event of ['end', 'close'])
      this.socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
  }

  async open(): Promise<void> {
    await this.#opened;
  }

  /** @returns the next bytes, which stand until the next call; undefined at the end */
  async read(): Promise<Buffer | undefined> {
    if (!this.#came && !this.#ended) {
      const came = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.socket.resume();
      await came;
    }
    if (this.#error) throw this.#error;
    const bytes = this.#came;
    this.#came = undefined;
    return bytes;
  }
}
