import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { download } from './download.ts';

const servers: Server[] = [];

/** Where a server answers every connection like this, once it was asked. */
async function answering(answer: (socket: Socket, asked: string) => unknown) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes) => answer(socket, bytes.toString()));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const rest = { user: 'u', password: 'p', database: 'qdb', pgPort: 0, tls: false, tlsVerify: true, embedded: false };
  return { host: '127.0.0.1', httpPort: port, ...rest };
}

async function bodyOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const piece of pieces) parts.push(Buffer.from(piece));
  return Buffer.concat(parts);
}

describe('A large answer', () => {
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('is the same as it was sent, whoever is the slower one', async () => {
    const sent = Buffer.alloc(5_000_000);
    for (let i = 0; i < sent.length; i++) sent[i] = (i * i) >> 7;
    const address = await answering(async (socket, asked) => {
      expect(asked).toMatch(/^GET \/exp\?query=1 HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
      expect(asked).toContain('Authorization: Basic dTpw\r\n');
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Enc');
      await sleep(20);
      socket.write('oding: chunked\r\n\r\n');
      for (let at = 0; at < sent.length; at += 70_001) {
        const chunk = sent.subarray(at, at + 70_001);
        socket.write(`${chunk.length.toString(16)}\r\n`);
        if (at % 3 === 0) await sleep(1);
        socket.write(chunk);
        socket.write('\r\n');
      }
      socket.end('0\r\n\r\n');
    });
    const fast = await download(address, '/exp?query=1');
    expect(fast.status).toBe(200);
    expect((await bodyOf(fast.pieces)).equals(sent)).toBe(true);

    const slow = await download(address, '/exp?query=1');
    const parts: Buffer[] = [];
    for await (const piece of slow.pieces) {
      await sleep(3);
      parts.push(Buffer.from(piece));
    }
    expect(Buffer.concat(parts).equals(sent)).toBe(true);
  });

  it('is an error where it ends too early, or there is none', async () => {
    const half = await answering((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc'),
    );
    await expect(download(half, '/').then(({ pieces }) => bodyOf(pieces))).rejects.toThrow('ended too early');
    const none = await answering((socket) => socket.end());
    await expect(download(none, '/')).rejects.toThrow('without an answer');
    const reset = await answering((socket) => socket.resetAndDestroy());
    await expect(download(reset, '/')).rejects.toThrow('ECONNRESET');
    servers.splice(servers.length - 1)[0].close();
    await expect(download(reset, '/')).rejects.toThrow('ECONNREFUSED');
  });

  it('ends the connection where nobody wants the rest', async () => {
    const ended: Promise<unknown>[] = [];
    const address = await answering((socket) => {
      ended.push(once(socket, 'close'));
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc');
    });
    for await (const piece of (await download(address, '/')).pieces) {
      expect(piece.toString()).toBe('abc');
      break;
    }
    const stopped = new AbortController();
    const { pieces } = await download(address, '/', stopped.signal);
    expect((await pieces.next()).value?.toString()).toBe('abc');
    setTimeout(() => stopped.abort(), 10);
    await expect(pieces.next()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    await expect(download(address, '/', stopped.signal)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    await Promise.all(ended);
  });
});
