import { WebSocket } from 'ws';
import type { MarketEvent, Micros } from '#ingest/feed.ts';
import type { Arrival } from '#ingest/intake.ts';
import { marketHeader, type Origin, originOf } from '#ingest/origin.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { Handover } from './handover.ts';
import type { LagWatch } from './lag.ts';

export interface SocketTimings {
  handshakeTimeoutMs: number;
  /** Between two of the protocol's own pings. */
  pingMs: number;
  /** Without data for this long the connection is replaced; heartbeats are no data. */
  stallMs: number;
}

/** What a venue's WebSocket says and understands: one object a connection. */
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
  /** Events held for a reader that is behind before the socket is paused. */
  highWater: number;
  lag: LagWatch;
  /** Called with each text frame as it came, before anything is made of it. */
  onFrame?: ((text: string, receivedAt: Micros) => void) | undefined;
  /** Called at the connection's first new tick. */
  onData: () => void;
}

/** How a connection ended. `over`: the market itself has ended (a recording that was played), so there is no coming back. */
export interface Ending {
  cause: string;
  over: boolean;
  /** The handshake was refused for its frequency. */
  throttled: boolean;
}

/**
 * One connection from handshake to end: yields its events in the order of arrival and returns how it ended, after all that
 * was received has been yielded. Leaving the iteration, or the signal, closes the socket.
 * @throws UserError when the server shows another market than expected
 */
export async function* connection(
  options: SocketOptions,
  signal: AbortSignal,
): AsyncGenerator<MarketEvent, Ending, void> {
  const { url, protocol, expected, onFrame } = options;
  const socket = new WebSocket(url, {
    handshakeTimeout: options.handshakeTimeoutMs,
    perMessageDeflate: false,
    maxPayload: 4 * 1_024 * 1_024,
  });
  const handover = new Handover<MarketEvent>(options.highWater, {
    stop: () => socket.pause(),
    goOn: () => {
      dataAt = performance.now();
      socket.resume();
    },
  });
  const lag = options.lag.connection();
  const timers: NodeJS.Timeout[] = [];
  let origin = expected;
  let dataAt = performance.now();
  let anyData = false;
  let failure: UserError | undefined;
  let ending: Ending | undefined;

  const finish = (cause: string, more: Partial<Ending> = {}) => {
    ending ??= { cause, over: false, throttled: false, ...more };
    protocol.ended();
    for (const timer of timers) clearInterval(timer);
    handover.end();
    socket.terminate();
  };
  const onAbort = () => finish('closed by us');

  /** Pongs do not count: a stuck gateway goes on answering them. A paused socket is our own delay. */
  const isStalled = () => !handover.stopped && performance.now() - dataAt > options.stallMs;
  const watch = () => {
    // After a long pause of this process the data may be waiting in the socket: let it be read, then look again.
    if (isStalled()) setImmediate(() => isStalled() && finish(`no data for ${options.stallMs / 1_000} s`));
  };

  let late: number | null = null;
  const emit = (event: MarketEvent) => {
    handover.push(event);
    if (event.type !== 'tick') return;
    late ??= lag.saw(event.tick.ts, event.tick.receivedAt);
    if (anyData) return;
    // What only repeats known trades does not show that the feed is back.
    anyData = true;
    options.onData();
  };

  socket.on('upgrade', (response) => {
    try {
      origin = originOf(response.headers[marketHeader], protocol.venue);
      checkOrigin(origin, expected, url);
    } catch (error) {
      failure = error instanceof UserError ? error : new UserError(reasonOf(error));
      finish(failure.message);
    }
  });
  socket.on('open', () => {
    if (ending) return;
    dataAt = performance.now();
    protocol.opened({
      send: (request) => socket.send(request),
      subscribed: (symbols) =>
        handover.push({ type: 'subscribed', venue: expected.venue, symbols, at: Date.now() * 1_000 }),
    });
    const { ping } = protocol;
    if (ping !== undefined) timers.push(setInterval(() => socket.send(ping), options.pingMs));
    timers.push(setInterval(watch, Math.max(10, options.stallMs / 10)));
  });
  socket.on('message', (data, isBinary) => {
    if (ending) return;
    const raw = isBinary ? '(binary frame)' : data.toString();
    const receivedAt = Date.now() * 1_000;
    onFrame?.(raw, receivedAt);
    if (protocol.received({ origin, receivedAt, raw, emit }) > 0) dataAt = performance.now();
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
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();

  try {
    yield* handover.drain();
    if (failure) throw failure;
    return ending!;
  } finally {
    signal.removeEventListener('abort', onAbort);
    finish('closed by us');
  }
}

function checkOrigin(origin: Origin, expected: Origin, url: string): void {
  if (origin.venue === expected.venue && origin.kind === expected.kind) return;
  throw new UserError(
    `${url} shows a ${origin.kind} market of ${origin.venue}, but a ${expected.kind} market of ${expected.venue} was expected.`,
    'Set market.restUrl and market.wsUrl to the same exchange.',
  );
}
