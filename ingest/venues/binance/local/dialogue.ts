import type { WebSocket } from 'ws';
import type { Client, Dialogue } from '#ingest/local_exchange/client.ts';
import type { Faults } from '#ingest/local_exchange/faults.ts';
import { isFields } from '#ingest/normalise/fields.ts';

const maxRequestBytes = 65_536;
/** Messages a second from a client, beyond which it is cut off. */
const maxMessages = 10;

export interface DialogueOptions {
  faults: Faults;
  /** Whether this path brings the stream; those it does not are acknowledged and stay silent, as at Binance. */
  brings(stream: string): boolean;
  /** Whether it is a stream that Binance would bring and the market has not. */
  lacks(stream: string): boolean;
  /** Whether the data of a push is sent without the name of its stream around it. */
  bare: boolean;
  /** Streams that the address names already. */
  asked: readonly string[];
  /** Between two pings; a client that answers none of three is cut off. */
  pingMs: number;
  onSubscribed(): void;
}

/** The protocol of Binance's streams with one client. */
export class BinanceDialogue implements Dialogue {
  readonly #client: Client;
  readonly #socket: WebSocket;
  readonly #options: DialogueOptions;
  readonly #pings: NodeJS.Timeout;
  readonly #requestedAt: number[] = [];
  #unanswered = 0;

  constructor(client: Client, socket: WebSocket, options: DialogueOptions) {
    this.#client = client;
    this.#socket = socket;
    this.#options = options;
    this.#pings = setInterval(() => this.#ping(), options.pingMs);
    socket.on('pong', () => {
      this.#unanswered = 0;
    });
    if (options.asked.length > 0) this.#subscribe(options.asked);
  }

  heard(text: string): void {
    const now = performance.now();
    while (this.#requestedAt[0] < now - 1_000) this.#requestedAt.shift();
    if (this.#requestedAt.push(now) > maxMessages) {
      this.#socket.close(1008, 'Too many requests');
      return;
    }
    const request = text.length <= maxRequestBytes ? parseRequest(text) : null;
    if (request) this.#carryOut(request);
    else this.#reply({ error: { code: 2, msg: 'Invalid request: unknown format' } });
  }

  shaped(text: string): string {
    return this.#options.bare ? text.slice(text.indexOf(':{') + 1, text.lastIndexOf('}')) : text;
  }

  end(): void {
    clearInterval(this.#pings);
  }

  #ping(): void {
    this.#unanswered += 1;
    if (this.#unanswered > 3) this.#socket.close(1008, 'Pong timeout');
    else this.#socket.ping();
  }

  #carryOut({ method, params, id }: Request): void {
    const { faults } = this.#options;
    const refused = params.filter((stream) => faults.rejects(stream.split('@')[0].toUpperCase()));
    if (refused.length > 0) {
      this.#reply({ error: { code: 2, msg: `Invalid request: ${refused.join(', ')}` }, id });
      return;
    }
    // At Binance there would be data; silence would look like a quiet market.
    const lacking = params.filter((stream) => this.#options.lacks(stream));
    if (lacking.length > 0) {
      this.#reply({ error: { code: 2, msg: `Invalid request: the recording has no ${lacking.join(', ')}` }, id });
      return;
    }
    if (method === 'SUBSCRIBE') this.#subscribe(params);
    else for (const stream of params) this.#client.topics.delete(stream);
    if (!faults.takeAck()) this.#reply({ result: null, id });
  }

  #subscribe(streams: readonly string[]): void {
    for (const stream of streams) if (this.#options.brings(stream)) this.#client.topics.add(stream);
    this.#options.onSubscribed();
  }

  #reply(answer: object): void {
    this.#client.reply(JSON.stringify(answer));
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
  if (
    typeof id !== 'number' ||
    !params.every((name): name is string => /^([^@]+(@\w+)+|!\w+(@\w+)*)$/.test(String(name)))
  )
    return null;
  return { method, params, id };
}
