import { connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { QuestDb } from './database.ts';

describe('a server that stops answering', () => {
  let dumb = false;
  let proxy: Server;
  let port: number;
  beforeEach(async () => {
    const { host, pgPort } = inject('questdb');
    dumb = false;
    proxy = createServer((client) => {
      const server = connect(pgPort, host);
      client.on('data', (data) => server.write(data));
      server.on('data', (data) => dumb || client.write(data));
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on('error', () => {});
        one.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    port = (proxy.address() as { port: number }).port;
  });
  afterEach(() => proxy.close());

  it('is an error that passes, and the next statement has a connection of its own', async () => {
    const db = new QuestDb({ ...inject('questdb'), host: '127.0.0.1', pgPort: port }, 500);
    try {
      expect(await db.query('select 1 one')).toEqual([{ one: 1 }]);
      dumb = true;
      await expect(db.query('select 2 two')).rejects.toMatchObject({
        message: expect.stringMatching(/did not answer \(.*timeout/),
        transient: true,
      });
      dumb = false;
      expect(await db.query('select 3 three')).toEqual([{ three: 3 }]);
    } finally {
      await db.close();
    }
  });
});
