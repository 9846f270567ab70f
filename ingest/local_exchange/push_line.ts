import { type Random, random } from '#lib/random.ts';
import { type Mangling, manglings, shifted } from './mangle.ts';

/** Pushes held back for a client before the market waits for it. */
const maxHeld = 10_000;

/** Every `every`-th push of the topics that contain `only` arrives like this. */
export interface MangledPushes {
  every: number;
  how: Mangling;
  only: string;
}

/** What goes wrong with the pushes of all clients; it may change at any time. */
export interface PushSettings {
  /** Each push is sent this many times. */
  readonly copies: number;
  readonly clockMs: number;
  readonly mangling: MangledPushes | undefined;
  readonly reorderWindow: number;
  readonly burstMs: number;
  isMuted(topic: string): boolean;
}

/** The way of pushes to one client, with what goes wrong on it. Without a fault a push is sent at once. */
export class PushLine {
  readonly #send: (text: string) => Promise<void> | undefined;
  readonly #faults: PushSettings;
  readonly #stalled = new Set<string>();
  readonly #random: Random;
  /** Of those that may be mangled. */
  #pushes = 0;
  #lagMs = 0;
  #window: string[] = [];
  #held: { text: string; dueAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #caughtUp: PromiseWithResolvers<void> | undefined;

  constructor(send: (text: string) => Promise<void> | undefined, faults: PushSettings, seed: number) {
    this.#send = send;
    this.#faults = faults;
    this.#random = random(seed);
  }

  /** Takes a push. Where the client is behind, a promise that resolves when it has caught up or gone. */
  push(topic: string, text: string): Promise<void> | undefined {
    if (this.#stalled.has(topic) || this.#faults.isMuted(topic)) return undefined;
    const { copies, clockMs, reorderWindow } = this.#faults;
    const sent = this.#mangled(topic, clockMs === 0 ? text : shifted(text, clockMs));
    if (copies === 1 && reorderWindow < 2 && this.#window.length === 0) return this.#hold(sent);
    for (let copy = 0; copy < copies; copy++) this.#window.push(sent);
    return this.#window.length < reorderWindow ? undefined : this.#emptyWindow();
  }

  /** Nothing more of this topic. */
  stall(topic: string): void {
    this.#stalled.add(topic);
  }

  /** From now on each push arrives this much later; with 0 what was held back arrives at once. */
  lag(ms: number): void {
    this.#lagMs = ms;
    if (ms === 0) this.release();
  }

  /** Sends all that is held back. */
  release(): void {
    this.#emptyWindow();
    this.#deliver(Infinity);
  }

  /** The client has gone. */
  end(): void {
    clearTimeout(this.#timer);
    this.#held = [];
    this.#caughtUp?.resolve();
  }

  #mangled(topic: string, text: string): string {
    const { mangling } = this.#faults;
    if (!mangling || !topic.includes(mangling.only)) return text;
    this.#pushes += 1;
    return this.#pushes % mangling.every === 0 ? manglings[mangling.how](text) : text;
  }

  #emptyWindow(): Promise<void> | undefined {
    const window = this.#window;
    this.#window = [];
    if (this.#faults.reorderWindow > 1) shuffle(window, this.#random);
    let behind: Promise<void> | undefined;
    for (const text of window) behind = this.#hold(text) ?? behind;
    return behind;
  }

  #hold(text: string): Promise<void> | undefined {
    const delay = Math.max(this.#lagMs, this.#faults.burstMs);
    if (delay === 0 && this.#held.length === 0) return this.#send(text);
    const dueAt = performance.now() + delay;
    this.#held.push({ text, dueAt });
    this.#timer ??= setTimeout(() => this.#due(), delay);
    if (this.#held.length < maxHeld) return undefined;
    this.#caughtUp ??= Promise.withResolvers();
    return this.#caughtUp.promise;
  }

  #due(): void {
    this.#timer = undefined;
    // A burst: what came while the first one waited goes with it.
    this.#deliver(this.#faults.burstMs > 0 ? Infinity : performance.now());
    const next = this.#held[0];
    if (next) this.#timer = setTimeout(() => this.#due(), Math.max(1, next.dueAt - performance.now()));
  }

  #deliver(until: number): void {
    const first = this.#held.findIndex(({ dueAt }) => dueAt > until);
    for (const { text } of this.#held.splice(0, first < 0 ? this.#held.length : first)) void this.#send(text);
    if (this.#held.length === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (this.#held.length < maxHeld) {
      this.#caughtUp?.resolve();
      this.#caughtUp = undefined;
    }
  }
}

/** Fisher and Yates. */
function shuffle(items: unknown[], { uniform }: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
}
