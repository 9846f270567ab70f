import type { WebSocket } from 'ws';
import type { Faults } from './faults.ts';
import type { PushLine } from './push_line.ts';

/** Above this much unsent data the sender waits for the client. */
const bufferedBytes = 1_024 * 1_024;

/** How a venue speaks with one client. */
export interface Dialogue {
  /** A message has come; a binary one is empty. */
  heard(text: string): void;
  /** The form in which this client gets a push. Default: as it is. */
  shaped?(text: string): string;
  /** Data is on its way to the client. */
  sent?(): void;
  /** The connection is gone. */
  end(): void;
}

/** One WebSocket client of an exchange, whatever the protocol: its subscriptions, and what is sent to it. */
export class Client {
  /** What it is subscribed to. */
  readonly topics = new Set<string>();
  /** Answers pings and requests but gets no data. */
  stalled = false;
  readonly #socket: WebSocket;
  readonly #faults: Faults;
  readonly #line: PushLine;
  #dialogue: Dialogue | undefined;
  #replies: NodeJS.Timeout[] = [];

  constructor(socket: WebSocket, faults: Faults) {
    this.#socket = socket;
    this.#faults = faults;
    this.#line = faults.line((text) => this.#send(text));
    socket.on('message', (data, isBinary) => this.#dialogue?.heard(isBinary ? '' : data.toString()));
    // The close that follows does all there is to do; without a listener the error would end the process.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#dialogue?.end();
      faults.end(this.#line);
      for (const reply of this.#replies) clearTimeout(reply);
    });
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** To be called once, before the first message. */
  speak(dialogue: Dialogue): void {
    this.#dialogue = dialogue;
  }

  /** Sends a push of a topic, by way of the faults. Where the client is behind, a promise as `#send` gives it. */
  push(topic: string, text: string): Promise<void> | undefined {
    return this.stalled ? undefined : this.#line.push(topic, this.#dialogue?.shaped?.(text) ?? text);
  }

  /** Sends this text whatever the faults. */
  sendRaw(text: string): void {
    void this.#send(text);
  }

  /** Answers at once. */
  answer(text: string): void {
    this.#socket.send(text);
  }

  /** Answers a request when the faults let it. */
  reply(text: string): void {
    const { ackDelayMs } = this.#faults;
    if (ackDelayMs === 0) this.#socket.send(text);
    else this.#replies.push(setTimeout(() => this.#socket.send(text), ackDelayMs));
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

  /** Where the client is behind, a promise that resolves when it has caught up or gone. */
  #send(text: string): Promise<void> | undefined {
    if (!this.open) return undefined;
    this.#dialogue?.sent?.();
    if (this.#socket.bufferedAmount < bufferedBytes) {
      this.#socket.send(text);
      return undefined;
    }
    // The callback comes when the text is with the system, or with an error when the socket is gone: both end the wait.
    return new Promise((resolve) => this.#socket.send(text, () => resolve()));
  }
}
