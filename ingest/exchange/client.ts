import type { WebSocket } from 'ws';
import type { Topic } from '#ingest/blofin/messages.ts';
import { isFields } from '#ingest/fields.ts';
import type { Faults } from './faults.ts';
import { topicKey } from './market.ts';
import type { PushLine } from './push_line.ts';

/** Above this much unsent data the sender waits for the client. */
const bufferedBytes = 1_024 * 1_024;
const maxRequestBytes = 4_096;
const channels = ['trades', 'tickers'];

export interface ClientOptions {
  faults: Faults;
  /** Whether an instrument is listed. */
  lists(instId: string): boolean;
  /** Silence in both directions after which the client is closed. */
  idleMs: number;
  onSubscribed(): void;
}

/** One WebSocket client of the exchange: its requests, its subscriptions, what is sent to it. */
export class Client {
  readonly topics = new Set<string>();
  /** Answers pings and requests but gets no data. */
  stalled = false;
  readonly #socket: WebSocket;
  readonly #options: ClientOptions;
  readonly #idle: NodeJS.Timeout;
  readonly #line: PushLine;
  #acks: NodeJS.Timeout[] = [];

  constructor(socket: WebSocket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#line = options.faults.line((text) => this.#send(text));
    this.#idle = setTimeout(() => socket.close(1000, 'idle'), options.idleMs);
    socket.on('message', (data, isBinary) => this.#request(isBinary ? '' : data.toString()));
    // The close that follows does all there is to do; without a listener the error would end the process.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(this.#idle);
      options.faults.end(this.#line);
      for (const ack of this.#acks) clearTimeout(ack);
    });
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Sends a push of a topic, by way of the faults. Where the client is behind, a promise as `send` gives it. */
  push(topic: string, text: string): Promise<void> | undefined {
    return this.stalled ? undefined : this.#line.push(topic, text);
  }

  /** Sends this text whatever the faults. */
  sendRaw(text: string): void {
    void this.#send(text);
  }

  /** Where the client is behind, a promise that resolves when it has caught up or gone. */
  #send(text: string): Promise<void> | undefined {
    if (!this.open) return undefined;
    this.#idle.refresh();
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

  #request(text: string): void {
    this.#idle.refresh();
    if (text === 'ping') {
      this.#socket.send('pong');
      return;
    }
    const request = text.length <= maxRequestBytes ? parseRequest(text) : null;
    if (!request || request.args.some((topic) => !this.#accepts(topic))) {
      // The whole message is refused, names no topic and leaves the socket open.
      this.#socket.send(JSON.stringify({ event: 'error', code: '60012', msg: `Invalid request: ${text}` }));
      return;
    }
    for (const arg of request.args) {
      if (request.op === 'subscribe') this.topics.add(topicKey(arg));
      else this.topics.delete(topicKey(arg));
      this.#acknowledge(JSON.stringify({ event: request.op, arg }));
    }
    if (request.op === 'subscribe') this.#options.onSubscribed();
  }

  #accepts({ channel, instId }: Topic): boolean {
    return channels.includes(channel) && this.#options.lists(instId) && !this.#options.faults.rejects(instId);
  }

  #acknowledge(text: string): void {
    const { faults } = this.#options;
    if (faults.takeAck()) return;
    if (faults.ackDelayMs === 0) this.#socket.send(text);
    else this.#acks.push(setTimeout(() => this.#socket.send(text), faults.ackDelayMs));
  }
}

function parseRequest(text: string): { op: 'subscribe' | 'unsubscribe'; args: Topic[] } | null {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isFields(request) || !Array.isArray(request.args) || request.args.length === 0) return null;
  if (request.op !== 'subscribe' && request.op !== 'unsubscribe') return null;
  const args = request.args.map((arg) => {
    const named = isFields(arg) && typeof arg.channel === 'string' && typeof arg.instId === 'string';
    return named ? { channel: String(arg.channel), instId: String(arg.instId) } : null;
  });
  return args.every((arg) => arg !== null) ? { op: request.op, args } : null;
}
