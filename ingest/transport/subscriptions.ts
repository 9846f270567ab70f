/** What can be subscribed to: its name in the venue's terms, and the symbol that it is of. */
export interface Topic {
  name: string;
  symbol: string;
}

export interface SubscriptionTimings {
  /** Between two requests. */
  spacingMs: number;
  /** A topic without an answer for this long is asked for again, alone. */
  ackTimeoutMs: number;
  /** Topics in one first request; more than one only where a bad one does not spoil the others for good. */
  perRequest: number;
}

interface Entry {
  topic: Topic;
  state: 'waiting' | 'asked' | 'acked' | 'refused';
  askedAt: number;
  tries: number;
}

/** A topic that fails five times is left until reconnect. */
const maxTries = 5;

/**
 * Subscribes the topics of one socket. A topic that was refused or is late is asked for again alone, because venues refuse
 * a whole message for one bad topic. Reports symbols whose topics are all acknowledged: those of the first round together, as soon as every topic was
 * answered or was late once; stragglers as they come.
 */
export class Subscriptions {
  readonly #entries: Map<string, Entry>;
  readonly #timings: SubscriptionTimings;
  readonly #ask: (names: string[]) => void;
  readonly #onSubscribed: (symbols: string[]) => void;
  readonly #reported = new Set<string>();
  #firstRound = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    topics: Topic[],
    timings: SubscriptionTimings,
    on: { ask: (names: string[]) => void; subscribed: (symbols: string[]) => void },
  ) {
    this.#entries = new Map(topics.map((topic) => [topic.name, { topic, state: 'waiting', askedAt: 0, tries: 0 }]));
    this.#timings = timings;
    this.#ask = on.ask;
    this.#onSubscribed = on.subscribed;
  }

  /** Starts to ask. */
  start(): void {
    this.#step();
    this.#timer = setInterval(() => this.#step(), this.#timings.spacingMs);
  }

  /** Stops asking; idempotent. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** An acknowledgement; or data of the topic, which proves the subscription as well and may come before it. */
  acked(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry || entry.state === 'acked') return;
    entry.state = 'acked';
    this.#report();
  }

  /** The venue refused the topic; it is asked for again later, since some refusals pass. */
  refused(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry || entry.state === 'acked') return;
    entry.state = 'refused';
    this.#report();
  }

  #step(): void {
    const now = performance.now();
    const first: Entry[] = [];
    let again: Entry | undefined;
    let late = false;
    for (const entry of this.#entries.values()) {
      if (entry.state === 'acked') continue;
      if (entry.state === 'waiting') {
        if (first.length < this.#timings.perRequest) first.push(entry);
        continue;
      }
      if (now - entry.askedAt < this.#timings.ackTimeoutMs) continue;
      late = true;
      if (entry.tries < maxTries) again ??= entry;
    }
    const next = first.length > 0 ? first : again ? [again] : [];
    for (const entry of next) {
      entry.state = 'asked';
      entry.askedAt = now;
      entry.tries += 1;
    }
    if (next.length > 0) this.#ask(next.map(({ topic }) => topic.name));
    if (late) this.#report();
  }

  #report(): void {
    const entries = [...this.#entries.values()];
    if (this.#firstRound) {
      const unanswered = entries.some(({ state, tries }) => state === 'waiting' || (state === 'asked' && tries < 2));
      if (unanswered) return;
      this.#firstRound = false;
    }
    const lacking = new Set(entries.filter(({ state }) => state !== 'acked').map(({ topic }) => topic.symbol));
    const complete = [...new Set(entries.map(({ topic }) => topic.symbol))].filter(
      (symbol) => !lacking.has(symbol) && !this.#reported.has(symbol),
    );
    if (complete.length === 0) return;
    for (const symbol of complete) this.#reported.add(symbol);
    this.#onSubscribed(complete);
  }
}
