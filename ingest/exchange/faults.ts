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
  unavailable: { status: 503, body: 'upstream connect error', contentType: 'text/plain' },
  internalError: { status: 200, body: JSON.stringify({ code: 500, data: {}, msg: 'internal error' }) },
  parameterError: { status: 200, body: JSON.stringify({ code: '152002', msg: 'Parameter error' }) },
} satisfies { [name: string]: FailedAnswer };

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
export class Faults {
  /** Acks come this much later; data does not wait for them. */
  ackDelayMs = 0;
  /** Each push is sent this many times. */
  copies = 1;
  readonly #targets: FaultTargets;
  readonly #rejected = new Set<string>();
  readonly #rest: FailedAnswer[] = [];
  #swallowedAcks = 0;
  #refusedHandshakes = 0;

  constructor(targets: FaultTargets) {
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

  /** The next n handshakes are answered with HTTP 429. */
  refuseHandshakes(n: number): void {
    this.#refusedHandshakes = n;
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

  /** For the server: whether this handshake is to be refused. */
  takeHandshake(): boolean {
    if (this.#refusedHandshakes === 0) return false;
    this.#refusedHandshakes -= 1;
    return true;
  }

  /** For the server: the answer to give instead, if any. */
  takeRest(): FailedAnswer | undefined {
    return this.#rest.shift();
  }
}
