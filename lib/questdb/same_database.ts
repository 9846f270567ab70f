import type { Socket } from 'node:net';
import { Agent, buildConnector, Client } from 'undici';
import { basic } from '#lib/basic_authentication.ts';
import { reasonOf } from '#lib/errors.ts';
import { statement } from '#sql/read.ts';
import type { QuestDbAddress } from './database.ts';
import { bind } from './statement.ts';

const connectMs = 10_000;

/** Unlike a refused connection, a failure with this code is not repeated by the official client: its caller learns of it. */
const code = 'QUESTDB_NOT_REACHED';

/**
 * Connections for the official client, each to the same database as the first one. While a server is away another one may
 * take its port, and would acknowledge ticks as readily: so each connection is asked which database it is before anything
 * is sent over it. Should the server be exchanged between connection and question, the connection is dead.
 */
export function sameDatabase(address: QuestDbAddress): Agent {
  const tls = address.tls ? { rejectUnauthorized: address.tlsVerify } : {};
  const connectTo = buildConnector({ ...tls, timeout: connectMs });
  let known: string | undefined;
  const ask = async () => {
    const begun = await databaseAt(address, tls);
    known ??= begun;
    if (begun !== known)
      throw new Error(
        `another database answers at ${address.host}:${address.httpPort} than the one that ticks are for`,
      );
  };
  return new Agent({
    ...{ connections: 1, pipelining: 1, keepAliveTimeout: 60_000 },
    connect: (options, done) => {
      const fail = (error: unknown) =>
        done(Object.assign(new Error(reasonOf(error), { cause: error }), { code }), null);
      connectTo(options, (error, socket) => {
        if (error) return fail(error);
        ask().then(
          () => done(null, socket as Socket),
          (failure) => {
            socket?.destroy();
            fail(failure);
          },
        );
      });
    },
  });
}

/** When the database was begun, which tells it from any other. */
async function databaseAt(address: QuestDbAddress, connect: { rejectUnauthorized?: boolean }): Promise<string> {
  const { host, httpPort } = address;
  const client = new Client(`${address.tls ? 'https' : 'http'}://${host}:${httpPort}`, { connect });
  try {
    const { statusCode, body } = await client.request({
      method: 'GET',
      path: `/exec?${new URLSearchParams({ query: bind(statement('checks/database')) })}`,
      headers: { authorization: basic(address) },
      ...{ headersTimeout: connectMs, bodyTimeout: connectMs },
    });
    const text = await body.text();
    if (statusCode !== 200) {
      if (/does not exist/.test(text))
        throw new Error(`another database answers at ${host}:${httpPort}: it has no tables of this program`);
      throw new Error(`HTTP request failed, statusCode=${statusCode}, error=${text}`);
    }
    const { dataset } = JSON.parse(text) as { dataset?: (string | null)[][] };
    const begun = dataset?.[0]?.[0];
    if (!begun) throw new Error(`${host}:${httpPort} does not say which database it is`);
    return begun;
  } finally {
    await client.close();
  }
}
