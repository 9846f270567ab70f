import type { WebSocket } from 'ws';
import type { Client, Dialogue } from '#ingest/local_exchange/client.ts';
import type { Faults } from '#ingest/local_exchange/faults.ts';
import { topicKey } from '#ingest/local_exchange/market.ts';
import { isFields } from '#ingest/normalise/fields.ts';
import type { Topic } from '#ingest/venues/blofin/messages.ts';

const maxRequestBytes = 4_096;
const channels = ['trades', 'tickers'];

export interface DialogueOptions {
  faults: Faults;
  /** Whether an instrument is listed. */
  lists(instId: string): boolean;
  /** Silence in both directions after which the client is closed. */
  idleMs: number;
  onSubscribed(): void;
}

/** Blofin's public WebSocket protocol with one client. */
export class BlofinDialogue implements Dialogue {
  readonly #client: Client;
  readonly #options: DialogueOptions;
  readonly #idle: NodeJS.Timeout;

  constructor(client: Client, socket: WebSocket, options: DialogueOptions) {
    this.#client = client;
    this.#options = options;
    this.#idle = setTimeout(() => socket.close(1000, 'idle'), options.idleMs);
  }

  heard(text: string): void {
    this.#idle.refresh();
    if (text === 'ping') {
      this.#client.answer('pong');
      return;
    }
    const request = text.length <= maxRequestBytes ? parseRequest(text) : null;
    if (!request || request.args.some((topic) => !this.#accepts(topic))) {
      // The whole message is refused, names no topic and leaves the socket open.
      this.#client.answer(JSON.stringify({ event: 'error', code: '60012', msg: `Invalid request: ${text}` }));
      return;
    }
    for (const arg of request.args) {
      if (request.op === 'subscribe') this.#client.topics.add(topicKey(arg));
      else this.#client.topics.delete(topicKey(arg));
      if (!this.#options.faults.takeAck()) this.#client.reply(JSON.stringify({ event: request.op, arg }));
    }
    if (request.op === 'subscribe') this.#options.onSubscribed();
  }

  sent(): void {
    this.#idle.refresh();
  }

  end(): void {
    clearTimeout(this.#idle);
  }

  #accepts({ channel, instId }: Topic): boolean {
    return channels.includes(channel) && this.#options.lists(instId) && !this.#options.faults.rejects(instId);
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
