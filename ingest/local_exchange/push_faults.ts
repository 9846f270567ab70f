import type { Mangling } from './mangle.ts';
import { type MangledPushes, PushLine, type PushSettings } from './push_line.ts';

/** What can go wrong with pushes on their way, on demand. */
export class PushFaults implements PushSettings {
  /** Each push is sent this many times. */
  copies = 1;
  /** Event times of pushes are this much later than they should be; negative: earlier. */
  clockMs = 0;
  #mangling: MangledPushes | undefined;
  readonly #muted = new Set<string>();
  #reorderWindow = 1;
  #burstMs = 0;
  readonly #lines = new Set<PushLine>();
  #made = 0;

  get mangling(): MangledPushes | undefined {
    return this.#mangling;
  }

  get reorderWindow(): number {
    return this.#reorderWindow;
  }

  get burstMs(): number {
    return this.#burstMs;
  }

  /** Every `every`-th push to each client arrives like this, of topics that contain `only` where it is given; 0 ends it. */
  mangle(every: number, how: Mangling, only = ''): void {
    this.#mangling = every > 0 ? { every, how, only } : undefined;
  }

  /** Topics that contain this text (`trades`, `trades BTC-USDT`) bring nothing, also to clients that come, until `unmute`. */
  mute(text: string): void {
    this.#muted.add(text);
  }

  /** Ends all that `mute` has ordered. */
  unmute(): void {
    this.#muted.clear();
  }

  isMuted(topic: string): boolean {
    for (const text of this.#muted) if (topic.includes(text)) return true;
    return false;
  }

  /** So many pushes to a client are put in another order (a seeded one) and sent together; 1 ends it. */
  reorder(window: number): void {
    this.#releaseAll();
    this.#reorderWindow = window;
  }

  /** Pushes wait for so long, from the first one on, and then arrive all at once, again and again; 0 ends it. */
  burst(ms: number): void {
    this.#burstMs = ms;
    if (ms === 0) this.#releaseAll();
  }

  /** The connections open now bring each push so much later, in order; with 0 they catch up. New ones are in time. */
  lagAll(ms: number): void {
    for (const line of this.#lines) line.lag(ms);
  }

  /** The connections open now bring nothing more of this topic (`tickers BTC-USDT`); the others and pongs go on. */
  stallTopic(topic: string): void {
    for (const line of this.#lines) line.stall(topic);
  }

  /** For the server: the way of pushes to a client that has come, until `end`. */
  line(send: (text: string) => Promise<void> | undefined): PushLine {
    const line = new PushLine(send, this, this.#made++);
    this.#lines.add(line);
    return line;
  }

  /** For the server: the client has gone. */
  end(line: PushLine): void {
    this.#lines.delete(line);
    line.end();
  }

  #releaseAll(): void {
    for (const line of this.#lines) line.release();
  }
}
