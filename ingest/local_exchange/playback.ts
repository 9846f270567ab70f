import { setImmediate } from 'node:timers/promises';
import { pause } from '#ingest/transport/pause.ts';
import type { Market, MarketFrame } from './market.ts';

/** Frames sent in one go before other work of the process gets a turn. */
const turnFrames = 256;

/**
 * Plays a market's frames at `speed` times market time (Infinity: as fast as the receivers take them), in order, each
 * once. A receiver that is behind delays what follows; the schedule is caught up afterwards.
 */
export class Playback {
  /** Resolves with the number of frames played, at the end or at `stop`; rejects when the market cannot be read. */
  readonly finished: Promise<number>;
  readonly #market: Market;
  readonly #speed: number;
  readonly #realTime: boolean;
  readonly #send: (frame: MarketFrame) => Promise<void> | undefined;
  readonly #stopping = new AbortController();
  readonly #settle: { resolve: (frames: number) => void; reject: (error: unknown) => void };
  #startedAt: number | undefined;
  #hold: { at: number; released: PromiseWithResolvers<void> } | undefined;
  #firstAt: number;
  #lastAt: number;
  #nextAt: number;

  /** @param realTime no frame is sent before its own time has come: who is faster than that goes on with the clock */
  constructor(
    market: Market,
    speed: number,
    send: (frame: MarketFrame) => Promise<void> | undefined,
    realTime = false,
  ) {
    this.#market = market;
    this.#speed = speed;
    this.#realTime = realTime;
    this.#send = send;
    this.#firstAt = market.startsAt;
    this.#lastAt = market.startsAt;
    this.#nextAt = market.startsAt;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.finished = promise;
    this.#settle = { resolve, reject };
  }

  get started(): boolean {
    return this.#startedAt !== undefined;
  }

  /** Market time in milliseconds. Stands still before the start, and never passes a frame that has not been sent. */
  now(): number {
    if (this.#startedAt === undefined || this.#speed === Infinity) return this.#lastAt;
    const passed = (this.#hold?.at ?? performance.now()) - this.#startedAt;
    const paced = Math.floor(this.#firstAt + passed * this.#speed);
    return Math.max(this.#lastAt, Math.min(paced, this.#nextAt));
  }

  /** Starts; idempotent. */
  start(): void {
    if (this.started || this.#stopping.signal.aborted) return;
    this.#startedAt = performance.now();
    this.#run().then(this.#settle.resolve, this.#settle.reject);
  }

  /**
   * Market time stands still until `resume`; the frame that is next may still come. For who must not miss more of the market
   * the slower the machine is. Idempotent.
   */
  hold(): void {
    this.#hold ??= { at: performance.now(), released: Promise.withResolvers() };
  }

  /** Goes on where `hold` has stopped it; idempotent. */
  resume(): void {
    if (!this.#hold) return;
    const { at, released } = this.#hold;
    this.#hold = undefined;
    if (this.#startedAt !== undefined) this.#startedAt += performance.now() - Math.max(at, this.#startedAt);
    released.resolve();
  }

  /** Stops; `finished` resolves with what was played. Idempotent. */
  stop(): void {
    this.#stopping.abort();
    this.resume();
    if (!this.started) this.#settle.resolve(0);
  }

  async #run(): Promise<number> {
    const { signal } = this.#stopping;
    let played = 0;
    for await (const frame of this.#market.frames()) {
      if (played === 0 && this.#firstAt === 0) this.#firstAt = frame.at;
      this.#nextAt = frame.at;
      if (this.#hold) await this.#hold.released.promise;
      const due = this.#startedAt! + (frame.at - this.#firstAt) / this.#speed;
      const wait = Math.max(due - performance.now(), this.#realTime ? frame.at - Date.now() : 0);
      if (wait > 1) await pause(wait, signal);
      else if (played % turnFrames === 0) await setImmediate();
      if (signal.aborted) return played;
      const behind = this.#send(frame);
      this.#lastAt = Math.max(this.#lastAt, frame.at);
      played += 1;
      if (behind) await behind;
    }
    return played;
  }
}
