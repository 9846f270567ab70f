import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { marketHeader, markOf } from '#ingest/origin.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type Logger, silent } from '#lib/log.ts';
import { Client, type Dialogue } from './client.ts';
import { endlessBody } from './endless_body.ts';
import { type FailedAnswer, Faults } from './faults.ts';
import { dripHandshake, refuseHandshake } from './handshake.ts';
import type { Market, MarketFrame } from './market.ts';
import { Playback } from './playback.ts';

export interface ServerOptions<M extends Market> {
  market: M;
  /** 0: any free port. */
  port?: number;
  /** Market seconds per second; Infinity: as fast as the subscribers read. */
  speed?: number;
  /** However fast it is, no frame is pushed before its own time has come. */
  realTime?: boolean;
  /** Starts by itself: a recording when each of its topics has a subscriber, a simulated market at once. */
  autoplay?: boolean;
  /** Of a recording: starts with the first subscriber, who may not follow all of it; who comes later misses the beginning. */
  startsWithFirst?: boolean;
  log?: Logger;
}

/** A running local exchange. */
export interface LocalExchange {
  restUrl: string;
  wsUrl: string;
  faults: Faults;
  /** Starts the pushes; idempotent. Subscribe first: who is not there misses what is sent. */
  play(): void;
  /** Market time stands still from here until `resume`: for who must not miss more of it the slower the machine is. */
  hold(): void;
  resume(): void;
  /** Resolves with the number of frames played after the last one; rejects when the market cannot be read. */
  finished: Promise<number>;
  /** Market time in milliseconds. */
  now(): number;
  /** How many clients are connected. */
  connections(): number;
  /** Ends connections and server; idempotent. */
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** What an exchange shares with the venue's side of it. */
export interface Stage {
  faults: Faults;
  /** Market time in milliseconds. */
  now(): number;
  /** To be called after each subscription: it may be the one that the market waits for. */
  subscribed(): void;
}

/** What differs from venue to venue: the protocols of REST and WebSocket. */
export interface VenueSide {
  /** Takes note of a push, for REST. Returns the topic whose subscribers get it. */
  note(frame: MarketFrame): string;
  /** The answer to a GET. */
  rest(url: URL): Promise<Answer>;
  /** The answer where that fails. */
  failed(reason: string): Answer;
  /** The path of `wsUrl`. */
  wsPath: string;
  /** How to speak with clients of this path; undefined where it has none. */
  dialogueOf(url: URL): ((client: Client, socket: WebSocket) => Dialogue) | undefined;
  /** An answer in place of a handshake. */
  refuses?(request: IncomingMessage): FailedAnswer | undefined;
  /** Those of the subscribed clients that a text of the faults is for. Default: all. */
  takers?(text: string, clients: Client[]): Client[];
}

/**
 * Starts an exchange on 127.0.0.1: a market played to WebSocket clients, and REST beside it, on one port. Each answer and
 * handshake says whose market it shows and whether it is recorded or simulated.
 * @throws UserError when the port is taken
 */
export async function serveMarket<M extends Market>(
  options: ServerOptions<M>,
  venueSide: (stage: Stage) => VenueSide,
): Promise<LocalExchange> {
  const { market, log = silent } = options;
  const mark = markOf(market.origin);
  const clients = new Set<Client>();
  const faults = new Faults({
    drop: () => {
      for (const client of clients) client.drop();
    },
    stall: () => {
      for (const client of clients) client.stalled = true;
    },
    broadcast: (text) => {
      const subscribed = [...clients].filter(({ topics }) => topics.size > 0);
      for (const client of venue.takers?.(text, subscribed) ?? subscribed) client.sendRaw(text);
    },
  });

  const send = (frame: MarketFrame): Promise<void> | undefined => {
    const topic = venue.note(frame);
    let behind: Promise<unknown> | undefined;
    for (const client of clients) {
      if (!client.topics.has(topic)) continue;
      const wait = client.push(topic, frame.text);
      if (wait) behind = behind ? Promise.all([behind, wait]) : wait;
    }
    return behind?.then(() => undefined);
  };
  const playback = new Playback(market, options.speed ?? 1, send, options.realTime);
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

  const atFirst = options.startsWithFirst ?? false;
  const awaited = options.autoplay && !atFirst ? await market.topics() : undefined;
  const startWhenWanted = () => {
    // Who comes back after the end would wait for ever.
    if (ended) closeAll(1000, market.ending);
    const has = (wanted: (client: Client) => boolean) => [...clients].some(wanted);
    const isWanted = atFirst
      ? has(({ topics }) => topics.size > 0)
      : awaited?.every((topic) => has(({ topics }) => topics.has(topic)));
    if (options.autoplay && isWanted) playback.start();
  };
  const venue = venueSide({ faults, now: () => playback.now(), subscribed: startWhenWanted });

  const write = (response: ServerResponse, status: number, body: string, headers: { [name: string]: string } = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers, [marketHeader]: mark }).end(body);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { restBody } = faults;
    if (restBody !== 'whole') return endlessBody(response, restBody, { [marketHeader]: mark });
    const failed = faults.takeRest();
    if (faults.restDelayMs > 0) await sleep(faults.restDelayMs);
    if (failed) {
      const type = failed.contentType ?? 'application/json';
      return write(response, failed.status, failed.body, { 'content-type': type, ...failed.headers });
    }
    const { status, body } = await venue.rest(urlOf(request));
    write(response, status, JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error) => {
      log.error({ url: request.url, cause: reasonOf(error) }, 'REST request failed');
      const { status, body } = venue.failed(reasonOf(error));
      write(response, status, JSON.stringify(body));
    });
  });

  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1_024 * 1_024 });
  sockets.on('headers', (headers) => headers.push(`${marketHeader}: ${mark}`));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const dialogue = venue.dialogueOf(urlOf(request));
    if (!dialogue) return refuseHandshake(socket, { status: 404, body: '' });
    if (faults.handshakeDripMs > 0) return dripHandshake(socket, faults.handshakeDripMs);
    const refusal = faults.takeHandshake() ?? venue.refuses?.(request);
    if (refusal) return refuseHandshake(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const client = new Client(webSocket, faults);
      clients.add(client);
      webSocket.on('close', () => clients.delete(client));
      client.speak(dialogue(client, webSocket));
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
    wsUrl: `ws://127.0.0.1:${port}${venue.wsPath}`,
    faults,
    play: () => playback.start(),
    hold: () => playback.hold(),
    resume: () => playback.resume(),
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

function urlOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'http://127.0.0.1');
}
