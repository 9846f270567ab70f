import type { WebSocket } from 'ws';
import type { Faults } from '#ingest/exchange/faults.ts';
import type { PushLine } from '#ingest/exchange/push_line.ts';
import { isFields } from '#ingest/fields.ts';

/** Above this much unsent data the sender waits for the client. */
const bufferedBytes = 1_024 * 1_024;
const maxRequestBytes = 65_536;
/** Messages a second from a client, beyond which it is cut off. */
const maxMessages = 10;

export interface ClientOptions {
  faults: Faults;
  /** Whether this path brings the stream; those it does not are acknowledged and stay silent, as at Binance. */
  brings(stream: string): boolean;
  /** Between two pings; a client that answers none of three is cut off. */
  pingMs: number;
  onSubscribed(): void;
}

/** One WebSocket client of the exchange: its requests, its subscriptions, what is sent to it. */
export class Client {
  readonly streams = new Set<string>();
  /** Answers pings and requests but gets no data. */
  stalled = false;
  readonly #socket: WebSocket;
  readonly #options: ClientOptions;
  readonly #pings: NodeJS.Timeout;
  readonly #line: PushLine;
  readonly #requestedAt: number[] = [];
  #acks: NodeJS.Timeout[] = [];
  #unanswered = 0;

  constructor(socket: WebSocket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#line = options.faults.line((text) => this.#send(text));
    this.#pings = setInterval(() => this.#ping(), options.pingMs);
    socket.on('pong', () => {
      this.#unanswered = 0;
    });
    socket.on('message', (data, isBinary) => this.#request(isBinary ? '' : data.toString()));
    // The close that follows does all there is to do; without a listener the error would end the process.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(this.#pings);
      options.faults.end(this.#line);
      for (const ack of this.#acks) clearTimeout(ack);
    });
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  subscribe(streams: readonly string[]): void {
    for (const stream of streams) if (this.#options.brings(stream)) this.streams.add(stream);
    this.#options.onSubscribed();
  }

  /** Sends a push of a stream, by way of the faults. Where the client is behind, a promise as `send` gives it. */
  push(stream: string, text: string): Promise<void> | undefined {
    return this.stalled ? undefined : this.#line.push(stream, text);
  }

  /** Sends this text whatever the faults. */
  sendRaw(text: string): void {
    void this.#send(text);
  }

  /** Where the client is behind, a promise that resolves when it has caught up or gone. */
  #send(text: string): Promise<void> | undefined {
    if (!this.open) return undefined;
    if (this.#socket.bufferedAmount < bufferedBytes) {
      this.#socket.send(text);
      return undefined;
    }
    // The callback comes when the text is with the system, or with an error when the socket is gone: both end the wait.
    return new Promise((resolve) => this.#socket.send(text, () => resolve()));
  }

  /** Cuts the connection without a close frame. */
  drop(): void {
    this.#socket.terminate();
  }

  /** Closes properly, after all that was sent. */
  close(code: number, reason: string): void {
    this.#line.release();
    this.#socket.close(code, reason);
  }

  #ping(): void {
    this.#unanswered += 1;
    if (this.#unanswered > 3) this.#socket.close(1008, 'Pong timeout');
    else this.#socket.ping();
  }

  #request(text: string): void {
    const now = performance.now();
    while (this.#requestedAt[0] < now - 1_000) this.#requestedAt.shift();
    if (this.#requestedAt.push(now) > maxMessages) {
      this.#socket.close(1008, 'Too many requests');
      return;
    }
    const request = text.length <= maxRequestBytes ? parseRequest(text) : null;
    if (request) this.#carryOut(request);
    else this.#answer({ error: { code: 2, msg: 'Invalid request: unknown format' } });
  }

  #carryOut({ method, params, id }: Request): void {
    const refused = params.filter((stream) => this.#options.faults.rejects(stream.split('@')[0].toUpperCase()));
    if (refused.length > 0) {
      this.#answer({ error: { code: 2, msg: `Invalid request: ${refused.join(', ')}` }, id });
      return;
    }
    if (method === 'SUBSCRIBE') this.subscribe(params);
    else for (const stream of params) this.streams.delete(stream);
    if (!this.#options.faults.takeAck()) this.#answer({ result: null, id });
  }

  #answer(answer: object): void {
    const { ackDelayMs } = this.#options.faults;
    const text = JSON.stringify(answer);
    if (ackDelayMs === 0) this.#socket.send(text);
    else this.#acks.push(setTimeout(() => this.#socket.send(text), ackDelayMs));
  }
}

interface Request {
  method: 'SUBSCRIBE' | 'UNSUBSCRIBE';
  params: string[];
  id: number;
}

function parseRequest(text: string): Request | null {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isFields(request) || !Array.isArray(request.params)) return null;
  const { method, params, id } = request;
  if (method !== 'SUBSCRIBE' && method !== 'UNSUBSCRIBE') return null;
  if (typeof id !== 'number' || !params.every((name): name is string => /^[^@]+@\w+$/.test(String(name)))) return null;
  return { method, params, id };
}
