import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf, UserError } from '#lib/errors.ts';
import { requestFaults } from './fault_requests.ts';
import type { Faults } from './faults.ts';

const maxBytes = 1_024 * 1_024;

/** Takes requests for faults by `POST /faults`. */
export interface FaultServer {
  url: string;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1, of a port of its own, that lets things go wrong with an exchange by hand:
 * `curl -d '{"drop":true}' -H 'content-type: application/json' URL`.
 * @throws UserError when the port is taken
 */
export async function startFaultServer(faults: Faults, port = 0): Promise<FaultServer> {
  const server = createServer((request, response) => {
    obey(faults, request)
      .then((done) => answer(response, 200, { done }))
      .catch((error) => answer(response, 400, { error: reasonOf(error) }));
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new UserError(`Requests for faults cannot be taken: ${reasonOf(cause)}.`, 'Choose another port.', { cause });
  }
  let closed: Promise<unknown> | undefined;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/faults`,
    close: async () => {
      if (!closed) {
        closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
      }
      await closed;
    },
  };
}

async function obey(faults: Faults, request: IncomingMessage): Promise<string[]> {
  if (request.method !== 'POST' || request.url !== '/faults') throw new Error('requests go to POST /faults');
  // A web page can send nothing of this type to another host unasked.
  if (request.headers['content-type'] !== 'application/json') throw new Error('requests are of type application/json');
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) throw new Error('that is too much');
    parts.push(part);
  }
  return requestFaults(faults, JSON.parse(Buffer.concat(parts).toString()));
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
