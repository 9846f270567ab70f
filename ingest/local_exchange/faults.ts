import { PushFaults } from './push_faults.ts';

/** An answer that the REST side gives instead of its own. */
export interface FailedAnswer {
  status: number;
  body: string;
  contentType?: string;
  headers?: { [name: string]: string };
}

/** Answers as Blofin and what stands before it give them. */
export const failedAnswers = {
  tooManyRequests: { status: 429, body: JSON.stringify({ code: '429', msg: 'Too Many Requests' }) },
  forbidden: { status: 403, body: '<html><body>Forbidden</body></html>', contentType: 'text/html' },
  htmlInstead: { status: 200, body: '<!doctype html><title>Maintenance</title>', contentType: 'text/html' },
  badGateway: { status: 502, body: '<html><body>Bad Gateway</body></html>', contentType: 'text/html' },
  unavailable: { status: 503, body: 'upstream connect error', contentType: 'text/plain' },
  internalError: { status: 200, body: JSON.stringify({ code: 500, data: {}, msg: 'internal error' }) },
  banForYears: {
    status: 429,
    body: JSON.stringify({ code: '429', msg: 'Too Many Requests' }),
    headers: { 'Retry-After': '99999999' },
  },
  parameterError: { status: 200, body: JSON.stringify({ code: '152002', msg: 'Parameter error' }) },
} satisfies { [name: string]: FailedAnswer };

/** How a REST body comes. */
export const restBodies = ['whole', 'endless', 'trickle'] as const;
export type RestBody = (typeof restBodies)[number];

/** What the faults act on. */
export interface FaultTargets {
  /** Cuts every connection without a close frame. */
  drop(): void;
  /** Marks the connections open now: they get pongs and acks, but no more data. */
  stall(): void;
  /** Sends text to every connection that has a subscription. */
  broadcast(text: string): void;
}

/** What can go wrong with an exchange, on demand. */
export class Faults extends PushFaults {
  /** Acks come this much later; data does not wait for them. */
  ackDelayMs = 0;
  /** REST answers come this much later. */
  restDelayMs = 0;
  /** REST answers without an end: as fast as they are read, or a byte each 100 ms. */
  restBody: RestBody = 'whole';
  /** The answer to a handshake comes byte by byte, so many milliseconds apart, and never ends; 0: at once. */
  handshakeDripMs = 0;
  readonly #targets: FaultTargets;
  readonly #rejected = new Set<string>();
  readonly #rest: FailedAnswer[] = [];
  readonly #handshakes: FailedAnswer[] = [];
  #restBan: Ban | undefined;
  #handshakeBan: Ban | undefined;
  #swallowedAcks = 0;

  constructor(targets: FaultTargets) {
    super();
    this.#targets = targets;
  }

  /** All TCP connections break. */
  dropAll(): void {
    this.#targets.drop();
  }

  /** The connections open now fall silent while their pongs go on; new connections are sound. */
  stallAll(): void {
    this.#targets.stall();
  }

  /** Sends this text, whatever it is, to all subscribers. */
  sendRaw(text: string): void {
    this.#targets.broadcast(text);
  }

  /** One text frame of so many bytes to all subscribers. */
  sendHuge(bytes: number): void {
    this.#targets.broadcast('x'.repeat(bytes));
  }

  /** Subscriptions of this instrument are refused as if it were not listed, until `acceptSymbol`. */
  rejectSymbol(instId: string): void {
    this.#rejected.add(instId);
  }

  acceptSymbol(instId: string): void {
    this.#rejected.delete(instId);
  }

  /** The next n acks are not sent, though the subscription is made. */
  swallowAcks(n: number): void {
    this.#swallowedAcks = n;
  }

  /** The next n handshakes get this answer instead: HTTP 429, or a page of HTML. */
  refuseHandshakes(n: number, answer: FailedAnswer = failedAnswers.tooManyRequests): void {
    this.#handshakes.splice(0, Infinity, ...Array.from({ length: n }, () => answer));
  }

  /** For so long each handshake gets this answer; 0 ends it. Connections that are open stay. */
  banHandshakes(ms: number, answer: FailedAnswer = failedAnswers.tooManyRequests): void {
    this.#handshakeBan = { until: performance.now() + ms, answer };
  }

  /** For so long each REST request gets this answer; 0 ends it. */
  banRest(ms: number, answer: FailedAnswer = failedAnswers.tooManyRequests): void {
    this.#restBan = { until: performance.now() + ms, answer };
  }

  /** The next n REST requests get this answer. */
  failRest(n: number, answer: FailedAnswer): void {
    for (let i = 0; i < n; i++) this.#rest.push(answer);
  }

  /** For the server: whether subscriptions of this instrument are to be refused. */
  rejects(instId: string): boolean {
    return this.#rejected.has(instId);
  }

  /** For the server: whether this ack is to be left out. */
  takeAck(): boolean {
    if (this.#swallowedAcks === 0) return false;
    this.#swallowedAcks -= 1;
    return true;
  }

  /** For the server: the answer to give instead of the handshake, if any. */
  takeHandshake(): FailedAnswer | undefined {
    return banned(this.#handshakeBan) ?? this.#handshakes.shift();
  }

  /** For the server: the answer to give instead, if any. */
  takeRest(): FailedAnswer | undefined {
    return banned(this.#restBan) ?? this.#rest.shift();
  }
}

interface Ban {
  until: number;
  answer: FailedAnswer;
}

function banned(ban: Ban | undefined): FailedAnswer | undefined {
  return ban && performance.now() < ban.until ? ban.answer : undefined;
}
