import { WebSocket } from 'ws';
import type { MarketEvent, Tick } from '#ingest/feed.ts';
import type { Arrival } from '#ingest/normalise/deduplicator.ts';
import { marketHeader, type Origin, originOf } from '#ingest/origin.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Micros } from '#lib/time.ts';
import type { LagWatch } from './lag.ts';

export interface SocketTimings {
  handshakeTimeoutMs: number;
  /** Between two of the protocol's own pings. */
  pingMs: number;
  /** Without data for this long the connection is replaced; heartbeats are no data. */
  stallMs: number;
  /** The connection is replaced at this age, before the venue ends it in mid-stream. Infinity: it has no age limit. */
  maxAgeMs: number;
}

/** What a venue's WebSocket says and understands: one object a socket. */
export interface Protocol {
  /** Whose market an unmarked server of this protocol shows. */
  readonly venue: string;
  /** Keeps the connection open, where the venue wants that from its clients. */
  readonly ping?: string;
  /** The handshake is done: subscribe. */
  opened(on: { send: (request: string) => void; subscribed: (symbols: string[]) => void }): void;
  /** Reads one text frame and emits what it says. Returns how many rows of market data it had, known ones included. */
  received(arrival: Arrival): number;
  /** The connection is over. */
  ended(): void;
}

export interface SocketOptions extends SocketTimings {
  url: string;
  /** Whose market the caller expects; a server that shows another one is an error. */
  expected: Origin;
  protocol: Protocol;
  /** What it carries: a frame that cannot be read may have been of any of these. */
  symbols: readonly string[];
  /** The kind of ticks that it brings; left out: both. */
  kind?: Tick['kind'];
  lag: LagWatch;
  /** Called with each text frame as it came, before anything is made of it. */
  onFrame?: ((text: string, receivedAt: Micros) => void) | undefined;
}

/** How a socket ended. `over`: the market itself has ended (a recording that was played), so there is no coming back. */
export interface Ending {
  cause: string;
  over: boolean;
  /** The handshake was refused for its frequency. */
  throttled: boolean;
  /** No further try would help: the server shows another market than expected, or the address is none. */
  failure?: Error;
}

export interface SocketHandlers {
  emit(event: MarketEvent): void;
  /** All that this socket is to bring of these symbols is acknowledged. */
  subscribed(symbols: string[]): void;
  /** Called once, also after `close`. Nothing is emitted afterwards. */
  ended(ending: Ending): void;
}

export interface OpenSocket {
  /** Reads no more until `resume`; what is read already still comes. */
  pause(): void;
  resume(): void;
  /** Idempotent. */
  close(cause: string): void;
}

/** One WebSocket from handshake to end. A silent stall, a late stream and old age end it too. */
export function openSocket(options: SocketOptions, on: SocketHandlers): OpenSocket {
  const { url, protocol, expected, symbols, kind = null, onFrame } = options;
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: 4 * 1_024 * 1_024,
  });
  const lag = options.lag.connection();
  const timers: NodeJS.Timeout[] = [];
  let origin = expected;
  let dataAt = performance.now();
  let paused = false;
  let ended = false;

  const finish = (cause: string, more: Partial<Ending> = {}) => {
    if (ended) return;
    ended = true;
    protocol.ended();
    for (const timer of timers) clearInterval(timer);
    socket.terminate();
    on.ended({ cause, over: false, throttled: false, ...more });
  };

  /** Pongs do not count: a stuck gateway goes on answering them. A paused socket is our own delay. */
  const isStalled = () => !paused && performance.now() - dataAt > options.stallMs;
  const watch = () => {
    // After a long pause of this process the data may be waiting in the socket: let it be read, then look again.
    if (isStalled()) setImmediate(() => isStalled() && finish(`no data for ${options.stallMs / 1_000} s`));
  };

  // Of the whole handshake: the client's own timeout begins anew with each byte that comes.
  const slow = `the handshake took more than ${options.handshakeTimeoutMs / 1_000} s`;
  const handshake = setTimeout(() => finish(slow), options.handshakeTimeoutMs);
  timers.push(handshake);

  let late: number | null = null;
  const emit = (event: MarketEvent) => {
    on.emit(event);
    if (event.type === 'tick') late ??= lag.saw(event.tick.ts, event.tick.receivedAt);
  };

  socket.on('upgrade', (response) => {
    try {
      origin = originOf(response.headers[marketHeader], protocol.venue);
      checkOrigin(origin, expected, url);
    } catch (error) {
      const failure = error instanceof UserError ? error : new UserError(reasonOf(error));
      finish(failure.message, { failure });
    }
  });
  socket.on('open', () => {
    if (ended) return;
    clearTimeout(handshake);
    dataAt = performance.now();
    if (paused) socket.pause();
    protocol.opened({ send: (request) => socket.send(request), subscribed: on.subscribed });
    const { ping } = protocol;
    if (ping !== undefined) timers.push(setInterval(() => socket.send(ping), options.pingMs));
    timers.push(setInterval(watch, Math.max(10, options.stallMs / 10)));
    const { maxAgeMs } = options;
    if (maxAgeMs < Infinity)
      timers.push(setTimeout(() => finish(`replaced at ${maxAgeMs / 1_000} s of age`), maxAgeMs));
  });
  socket.on('message', (data, isBinary) => {
    if (ended) return;
    const raw = isBinary ? '(binary frame)' : data.toString();
    const receivedAt = Date.now() * 1_000;
    onFrame?.(raw, receivedAt);
    if (protocol.received({ origin, receivedAt, raw, symbols, kind, emit }) > 0) dataAt = performance.now();
    if (late !== null) finish(`the stream ran ${Math.round(late)} s late`);
  });
  socket.on('error', (error) => {
    const throttled = /: (429|418|403)$/.test(error.message);
    finish(reasonOf(error) || 'connection failed', { throttled });
  });
  socket.on('close', (code, reason) => {
    const text = reason.toString();
    const over = code === 1000 && origin.kind !== 'live' && text.startsWith('end of ');
    finish(text ? `closed by the exchange: ${text} (${code})` : `closed by the exchange (${code})`, { over });
  });

  return {
    pause: () => {
      paused = true;
      socket.pause();
    },
    resume: () => {
      paused = false;
      dataAt = performance.now();
      socket.resume();
    },
    close: finish,
  };
}

function checkOrigin(origin: Origin, expected: Origin, url: string): void {
  if (origin.venue === expected.venue && origin.kind === expected.kind) return;
  throw new UserError(
    `${url} shows a ${origin.kind} market of ${origin.venue}, but a ${expected.kind} market of ${expected.venue} was expected.`,
    'Set market.restUrl and market.wsUrl to the same exchange.',
  );
}
