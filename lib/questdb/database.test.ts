import { connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { QuestDb } from './database.ts';

describe('a server that is slow, or stops answering', () => {
  let dumb = false;
  let delayMs = 0;
  let proxy: Server;
  let port: number;
  beforeEach(async () => {
    const { host, pgPort } = inject('questdb');
    dumb = false;
    delayMs = 0;
    proxy = createServer((client) => {
      const server = connect(pgPort, host);
      client.on('data', (data) => server.write(data));
      server.on(
        'data',
        (data) => dumb || (delayMs ? setTimeout(() => client.write(data), delayMs) : client.write(data)),
      );
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

  it('is not what a statement meets that waits for those before it', async () => {
    const db = new QuestDb({ ...inject('questdb'), host: '127.0.0.1', pgPort: port }, 20_000, 1_500);
    try {
      await Promise.all([1, 2, 3, 4].map((n) => db.query(`select ${n} n`)));
      delayMs = 2_000;
      // Four have the connections, of which each takes longer than a connection may.
      const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => db.query(`select ${n} n`)));
      expect(answers).toEqual([1, 2, 3, 4, 5].map((n) => [{ n }]));
    } finally {
      delayMs = 0;
      await db.close();
    }
  });

  it('fails soon where it accepts no connection', async () => {
    dumb = true;
    const db = new QuestDb({ ...inject('questdb'), host: '127.0.0.1', pgPort: port }, 600_000, 300);
    await expect(db.query('select 1 one')).rejects.toMatchObject({ transient: true });
    await db.close();
  });

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
