import type { Topic } from './messages.ts';

export interface SubscriptionTimings {
  /** Between two requests. */
  spacingMs: number;
  /** A topic without an answer for this long is asked for again, alone. */
  ackTimeoutMs: number;
}

interface Entry {
  topic: Topic;
  state: 'waiting' | 'asked' | 'acked' | 'refused';
  askedAt: number;
  tries: number;
}

/** Blofin once documented 480 operations an hour and connection; a topic that fails five times is left until reconnect. */
const maxTries = 5;

/**
 * Subscribes the topics of one connection, one a message, because the venue refuses a whole message for one bad topic.
 * Reports symbols whose topics are all acknowledged: those of the first round together, as soon as every topic was
 * answered or was late once; stragglers as they come.
 */
export class Subscriptions {
  readonly #entries: Map<string, Entry>;
  readonly #timings: SubscriptionTimings;
  readonly #send: (request: string) => void;
  readonly #onSubscribed: (symbols: string[]) => void;
  readonly #reported = new Set<string>();
  #firstRound = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    topics: Topic[],
    timings: SubscriptionTimings,
    on: { send: (request: string) => void; subscribed: (symbols: string[]) => void },
  ) {
    this.#entries = new Map(topics.map((topic) => [keyOf(topic), { topic, state: 'waiting', askedAt: 0, tries: 0 }]));
    this.#timings = timings;
    this.#send = on.send;
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
  acked(topic: Topic): void {
    const entry = this.#entries.get(keyOf(topic));
    if (!entry || entry.state === 'acked') return;
    entry.state = 'acked';
    this.#report();
  }

  /** The venue refused the topic; it is asked for again later, since some refusals pass. */
  refused(topic: Topic): void {
    const entry = this.#entries.get(keyOf(topic));
    if (!entry || entry.state === 'acked') return;
    entry.state = 'refused';
    this.#report();
  }

  #step(): void {
    const now = performance.now();
    let next: Entry | undefined;
    let late = false;
    for (const entry of this.#entries.values()) {
      if (entry.state === 'acked') continue;
      if (entry.state !== 'waiting') {
        if (now - entry.askedAt < this.#timings.ackTimeoutMs) continue;
        late = true;
        if (entry.tries >= maxTries) continue;
      }
      next ??= entry;
    }
    if (next) {
      next.state = 'asked';
      next.askedAt = now;
      next.tries += 1;
      this.#send(JSON.stringify({ op: 'subscribe', args: [next.topic] }));
    }
    if (late) this.#report();
  }

  #report(): void {
    const entries = [...this.#entries.values()];
    if (this.#firstRound) {
      const unanswered = entries.some(({ state, tries }) => state === 'waiting' || (state === 'asked' && tries < 2));
      if (unanswered) return;
      this.#firstRound = false;
    }
    const lacking = new Set(entries.filter(({ state }) => state !== 'acked').map(({ topic }) => topic.instId));
    const complete = [...new Set(entries.map(({ topic }) => topic.instId))].filter(
      (symbol) => !lacking.has(symbol) && !this.#reported.has(symbol),
    );
    if (complete.length === 0) return;
    for (const symbol of complete) this.#reported.add(symbol);
    this.#onSubscribed(complete);
  }
}

function keyOf({ channel, instId }: Topic): string {
  return `${channel} ${instId}`;
}
