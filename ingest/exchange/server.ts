import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { marketHeader, markOf } from '#ingest/origin.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type Logger, silent } from '#lib/log.ts';
import { Client } from './client.ts';
import { Faults, failedAnswers } from './faults.ts';
import { refuseHandshake } from './handshake.ts';
import { type Market, type MarketFrame, topicKey } from './market.ts';
import { Playback } from './playback.ts';
import { answer } from './rest.ts';
import { Tape } from './tape.ts';

export interface ExchangeOptions {
  market: Market;
  /** 0: any free port. */
  port?: number;
  /** Market seconds per second; Infinity: as fast as the subscribers read. */
  speed?: number;
  /** Starts by itself: a recording when each of its topics has a subscriber, a simulated market at once. */
  autoplay?: boolean;
  /** Handshakes within a second from one address beyond this many get HTTP 429, as one does at Blofin. Default: no limit. */
  handshakesPerSecond?: number;
  /** Blofin closes after 30 s without traffic. */
  idleMs?: number;
  log?: Logger;
}

/** A running local exchange. */
export interface LocalExchange {
  restUrl: string;
  wsUrl: string;
  faults: Faults;
  /** Starts the pushes; idempotent. Subscribe first: who is not there misses what is sent. */
  play(): void;
  /** Resolves with the number of frames played after the last one; rejects when the market cannot be read. */
  finished: Promise<number>;
  /** Market time in milliseconds. */
  now(): number;
  /** How many clients are connected. */
  connections(): number;
  /** Ends connections and server; idempotent. */
  close(): Promise<void>;
}

/**
 * Starts an exchange on 127.0.0.1 that speaks Blofin's public WebSocket and REST protocols on one port. Each answer and
 * handshake says whose market it shows and that it is recorded or simulated.
 * @throws UserError when the port is taken
 */
export async function startExchange(options: ExchangeOptions): Promise<LocalExchange> {
  const { market, log = silent } = options;
  const mark = markOf(market.origin);
  const listed = new Set(market.instruments.map((row) => row.instId));
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
      for (const client of clients) if (client.topics.size > 0) client.sendRaw(text);
    },
  });

  const send = (frame: MarketFrame): Promise<void> | undefined => {
    tape.add(frame);
    const topic = topicKey(frame);
    let behind: Promise<unknown> | undefined;
    for (const client of clients) {
      if (!client.topics.has(topic)) continue;
      const wait = client.push(topic, frame.text);
      if (wait) behind = behind ? Promise.all([behind, wait]) : wait;
    }
    return behind?.then(() => undefined);
  };
  const playback = new Playback(market, options.speed ?? 1, send);
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
    const subscribed = (topic: string) => [...clients].some((client) => client.topics.has(topic));
    if (awaited?.every(subscribed)) playback.start();
  };

  const server = createServer((request, response) => {
    respond(request, response).catch((error) => {
      log.error({ url: request.url, cause: reasonOf(error) }, 'REST request failed');
      write(response, 200, JSON.stringify({ code: '500', msg: reasonOf(error) }));
    });
  });
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const failed = faults.takeRest();
    if (faults.restDelayMs > 0) await sleep(faults.restDelayMs);
    if (failed) {
      write(response, failed.status, failed.body, {
        'content-type': failed.contentType ?? 'application/json',
        ...failed.headers,
      });
      return;
    }
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { status, body } = await answer(url, { market, tape, now: () => playback.now() });
    write(response, status, JSON.stringify(body));
  };
  const write = (response: ServerResponse, status: number, body: string, headers: { [name: string]: string } = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers, [marketHeader]: mark }).end(body);
  };

  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1_024 * 1_024 });
  sockets.on('headers', (headers) => headers.push(`${marketHeader}: ${mark}`));
  const handshakes = new Map<string, number[]>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    if (!path.endsWith('/ws/public')) return refuseHandshake(socket, { status: 404, body: '' });
    const address = request.socket.remoteAddress ?? '';
    const now = performance.now();
    const recent = (handshakes.get(address) ?? []).filter((time) => time > now - 1_000);
    const tooMany = recent.length >= (options.handshakesPerSecond ?? Infinity);
    const refusal = faults.takeHandshake() ?? (tooMany ? failedAnswers.tooManyRequests : undefined);
    if (refusal) return refuseHandshake(socket, refusal);
    handshakes.set(address, [...recent, now]);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const lists = (instId: string) => listed.has(instId);
      const idleMs = options.idleMs ?? 30_000;
      const client = new Client(webSocket, { faults, lists, idleMs, onSubscribed: startWhenWanted });
      clients.add(client);
      webSocket.on('close', () => clients.delete(client));
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
    wsUrl: `ws://127.0.0.1:${port}/ws/public`,
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
