import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { BadAnswer } from './answers.ts';
import type { BadHandshake } from './handshakes.ts';
import { Recorder } from './recorder.ts';

/** Tickers come every second. */
const silentMs = 3_000;

/** A push on its way, and what it was before harm was done to it. */
export interface Push {
  text: string;
  original: string;
}

/** What becomes of a push: nothing, itself, several. */
export interface Way {
  (text: string, topic: { channel: string; instId: string }): Push[];
  /** What it still holds, where it holds something back. */
  rest?: () => Push[];
}

export const untouched: Way = (text) => [{ text, original: text }];

/**
 * Stands between ingest and the exchange, keeps what it delivers, and does harm when told to. It passes the exchange's mark
 * on to nobody: to ingest the market is a live one, whose clock is the wall's. Its rows are in a directory that goes with
 * the benchmark.
 */
export class MarketProxy {
  readonly recorder = new Recorder();
  /** What goes wrong now with pushes, handshakes and REST. */
  way: Way = untouched;
  handshake: BadHandshake | undefined;
  answer: BadAnswer | undefined;
  readonly #exchange: { restUrl: string; wsUrl: string };
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #clients = new Set<WebSocket>();
  readonly #raw = new Set<Duplex>();

  private constructor(exchange: { restUrl: string; wsUrl: string }) {
    this.#exchange = exchange;
    this.#server = createServer((request, response) => {
      this.#rest(request, response).catch(() => response.destroy());
    });
    this.#server.on('connection', (socket) => {
      this.#raw.add(socket);
      socket.on('close', () => this.#raw.delete(socket));
      socket.on('error', () => socket.destroy());
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.handshake) this.handshake(socket);
      else this.#sockets.handleUpgrade(request, socket, head, (client) => this.#join(client));
    });
  }

  static async open(exchange: { restUrl: string; wsUrl: string }): Promise<MarketProxy> {
    const proxy = new MarketProxy(exchange);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether ingest takes the stream: there is one, and something went over it in the last seconds. */
  get feeds(): boolean {
    const last = this.recorder.rows.at(-1);
    return this.#clients.size > 0 && last !== undefined && Date.now() - last.at < silentMs;
  }

  /** Breaks all streams without a close frame. */
  drop(): void {
    for (const client of this.#clients) client.terminate();
  }

  /** Sends what the exchange has never said. */
  inject(text: string): void {
    for (const client of this.#clients) client.send(text, () => {});
  }

  /** All is well again. */
  mend(): void {
    const { rest } = this.way;
    this.way = untouched;
    for (const push of rest?.() ?? []) for (const client of this.#clients) this.#send(client, push);
    this.handshake = undefined;
    this.answer = undefined;
  }

  async close(): Promise<void> {
    this.mend();
    this.drop();
    for (const socket of this.#raw) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #rest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.answer) return this.answer(response);
    const { status, headers, body } = await ask(`${this.#exchange.restUrl}${request.url}`);
    response.writeHead(status, headers).end(body);
  }

  #join(client: WebSocket): void {
    const exchange = new WebSocket(this.#exchange.wsUrl, { perMessageDeflate: false });
    const waiting: string[] = [];
    this.#clients.add(client);
    client.on('message', (data) => {
      if (exchange.readyState === exchange.OPEN) exchange.send(String(data));
      else waiting.push(String(data));
    });
    exchange.on('open', () => {
      for (const text of waiting) exchange.send(text);
    });
    exchange.on('message', (data) => this.#pass(client, String(data)));
    const end = () => {
      this.#clients.delete(client);
      client.terminate();
      exchange.terminate();
    };
    for (const socket of [client, exchange]) socket.on('error', end).on('close', end);
  }

  #pass(client: WebSocket, text: string): void {
    const topic = topicOf(text);
    if (!topic) client.send(text, () => {});
    else for (const push of this.way(text, topic)) this.#send(client, push);
  }

  #send(client: WebSocket, { text, original }: Push): void {
    if (client.readyState !== client.OPEN) return;
    client.send(text, () => {});
    this.recorder.sent(text, original);
  }
}

async function ask(url: string): Promise<{ status: number; headers: { 'content-type': string }; body: string }> {
  const response = await fetch(url);
  return { status: response.status, headers: { 'content-type': 'application/json' }, body: await response.text() };
}

/** Of a push; undefined of an answer to a request. */
function topicOf(text: string): { channel: string; instId: string } | undefined {
  if (!text.startsWith('{"arg":')) return undefined;
  return (JSON.parse(text) as { arg: { channel: string; instId: string } }).arg;
}
