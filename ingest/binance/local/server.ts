import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { Faults } from '#ingest/exchange/faults.ts';
import { refuseHandshake } from '#ingest/exchange/handshake.ts';
import { Playback } from '#ingest/exchange/playback.ts';
import type { LocalExchange } from '#ingest/exchange/server.ts';
import { marketHeader, markOf } from '#ingest/origin.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type Logger, silent } from '#lib/log.ts';
import { Client } from './client.ts';
import type { StreamFrame } from './recorded_streams.ts';
import type { BinanceRecording } from './recording.ts';
import { answer } from './rest.ts';
import { Tape } from './tape.ts';

export interface ExchangeOptions {
  market: BinanceRecording;
  /** 0: any free port. */
  port?: number;
  /** Market seconds per second; Infinity: as fast as the subscribers read. */
  speed?: number;
  /** Starts by itself when each of its streams has a subscriber. */
  autoplay?: boolean;
  /** Between two pings of the server; Binance sends one every three minutes. */
  pingMs?: number;
  log?: Logger;
}

/** Which streams each path brings, as at Binance since 2026-04. */
const paths: { [path: string]: RegExp } = {
  '/market/stream': /@(aggTrade|trade)$/,
  '/public/stream': /@bookTicker$/,
};

/**
 * Starts an exchange on 127.0.0.1 that speaks the protocols of Binance USD-M futures, combined streams and REST, on one
 * port. Each answer and handshake says whose market it shows and that it is recorded.
 * @throws UserError when the port is taken
 */
export async function startExchange(options: ExchangeOptions): Promise<LocalExchange> {
  const { market, log = silent } = options;
  const mark = markOf(market.origin);
  const clients = new Set<Client>();
  const tape = new Tape();
  const faults = new Faults({
    drop: () => {
      for (const client of clients) client.drop();
    },
    stall: () => {
      for (const client of clients) client.stalled = true;
    },
    broadcast: (text) => {
      const stream = /^\{"stream":"([^"]+)"/.exec(text)?.[1];
      const takers = [...clients].filter(({ streams }) => stream !== undefined && streams.has(stream));
      for (const client of takers.length > 0 ? takers : clients) if (client.streams.size > 0) client.sendRaw(text);
    },
  });

  const send = (frame: StreamFrame): Promise<void> | undefined => {
    tape.add(frame);
    let behind: Promise<unknown> | undefined;
    for (const client of clients) {
      if (!client.streams.has(frame.stream)) continue;
      const wait = client.push(frame.stream, frame.text);
      if (wait) behind = behind ? Promise.all([behind, wait]) : wait;
    }
    return behind?.then(() => undefined);
  };
  // The playback gives the frames of this market and no others.
  const playback = new Playback(market, options.speed ?? 1, (frame) => send(frame as StreamFrame));
  const closeAll = (code: number, reason: string) => {
    for (const client of clients) client.close(code, reason);
  };
  let ended = false;
  playback.finished.then(
    () => {
      ended = true;
      closeAll(1000, market.ending);
    },
    (error) => {
      log.error({ cause: reasonOf(error) }, 'the market cannot be read');
      closeAll(1011, 'the market cannot be read');
    },
  );

  const awaited = options.autoplay ? await market.topics() : undefined;
  const startWhenWanted = () => {
    // Who comes back after the end would wait for ever.
    if (ended) closeAll(1000, market.ending);
    const subscribed = (stream: string) => [...clients].some((client) => client.streams.has(stream));
    if (awaited?.every(subscribed)) playback.start();
  };

  const write = (response: ServerResponse, status: number, body: string, headers: { [name: string]: string } = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers, [marketHeader]: mark }).end(body);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const failed = faults.takeRest();
    if (faults.restDelayMs > 0) await sleep(faults.restDelayMs);
    if (failed) {
      const type = failed.contentType ?? 'application/json';
      return write(response, failed.status, failed.body, { 'content-type': type, ...failed.headers });
    }
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { status, body } = await answer(url, { market, tape, now: () => playback.now() });
    write(response, status, JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error) => {
      log.error({ url: request.url, cause: reasonOf(error) }, 'REST request failed');
      write(response, 500, JSON.stringify({ code: -1000, msg: reasonOf(error) }));
    });
  });

  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1_024 * 1_024 });
  sockets.on('headers', (headers) => headers.push(`${marketHeader}: ${mark}`));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const brought = paths[url.pathname];
    if (!brought) return refuseHandshake(socket, { status: 404, body: '' });
    const refusal = faults.takeHandshake();
    if (refusal) return refuseHandshake(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const client = new Client(webSocket, {
        ...{ faults, brings: (stream) => brought.test(stream), onSubscribed: startWhenWanted },
        pingMs: options.pingMs ?? 180_000,
      });
      clients.add(client);
      webSocket.on('close', () => clients.delete(client));
      const asked = url.searchParams.get('streams');
      if (asked) client.subscribe(asked.split('/'));
    });
  });

  server.listen(options.port ?? 0, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new UserError(`The local exchange cannot listen: ${reasonOf(cause)}.`, 'Choose another port, or 0 for any.', {
      cause,
    });
  }
  const { port } = server.address() as AddressInfo;
  startWhenWanted();
  let closed: Promise<void> | undefined;
  return {
    restUrl: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    faults,
    play: () => playback.start(),
    finished: playback.finished,
    now: () => playback.now(),
    connections: () => clients.size,
    close: () => {
      closed ??= (async () => {
        playback.stop();
        const end = once(server, 'close');
        server.close();
        for (const client of clients) client.drop();
        server.closeAllConnections();
        await end;
      })();
      return closed;
    },
  };
}
