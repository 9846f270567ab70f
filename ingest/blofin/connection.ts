import { WebSocket } from 'ws';
import type { MarketEvent } from '#ingest/feed.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { Handover } from './handover.ts';
import { parseMessage, type Topic } from './messages.ts';
import { marketHeader, type Origin, originOf } from './origin.ts';
import { Subscriptions } from './subscriptions.ts';
import type { Translator } from './translator.ts';

export interface ConnectionTimings {
  subscribeSpacingMs: number;
  ackTimeoutMs: number;
  handshakeTimeoutMs: number;
  pingMs: number;
  stallMs: number;
}

export interface ConnectionOptions extends ConnectionTimings {
  wsUrl: string;
  symbols: string[];
  /** Whose market the caller expects; a server that shows another one is an error. */
  expected: Origin;
  /** Events held for a reader that is behind before the socket is paused. */
  highWater: number;
  translator: Translator;
  log: Logger;
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

const channels = ['trades', 'tickers'];

/**
 * One connection from handshake to end: yields its events in the order of arrival and returns how it ended, after all that
 * was received has been yielded. Leaving the iteration, or the signal, closes the socket.
 * @throws UserError when the server shows another market than expected
 */
export async function* connection(
  options: ConnectionOptions,
  signal: AbortSignal,
): AsyncGenerator<MarketEvent, Ending, void> {
  const { wsUrl, symbols, translator, log } = options;
  const socket = new WebSocket(wsUrl, {
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
  const topics: Topic[] = symbols.flatMap((instId) => channels.map((channel) => ({ channel, instId })));
  const subscriptions = new Subscriptions(
    topics,
    { spacingMs: options.subscribeSpacingMs, ackTimeoutMs: options.ackTimeoutMs },
    {
      send: (request) => socket.send(request),
      subscribed: (complete) =>
        handover.push({ type: 'subscribed', venue: options.expected.venue, symbols: complete, at: Date.now() * 1_000 }),
    },
  );
  const timers: NodeJS.Timeout[] = [];
  let origin = options.expected;
  let dataAt = performance.now();
  let anyData = false;
  let failure: UserError | undefined;
  let ending: Ending | undefined;

  const finish = (cause: string, more: Partial<Ending> = {}) => {
    ending ??= { cause, over: false, throttled: false, ...more };
    subscriptions.stop();
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

  const receive = (text: string) => {
    const receivedAt = Date.now() * 1_000;
    const message = parseMessage(text);
    translator.counters.frames += 1;
    switch (message.type) {
      case 'pong':
        return;
      case 'ping':
        socket.send('pong');
        return;
      case 'ack':
        if (message.event === 'subscribe') subscriptions.acked(message.topic);
        return;
      case 'error':
        log.warn({ code: message.code, topics: message.topics }, `the exchange refuses a request: ${message.text}`);
        for (const topic of message.topics) {
          subscriptions.refused(topic);
          handover.push(translator.reject({ reason: 'subscription refused', raw: text }, topic.instId, receivedAt));
        }
        return;
      default: {
        const before = translator.counters.ticks;
        const rows = translator.translate(message, origin, receivedAt, (event) => handover.push(event));
        if (rows === 0 || message.type === 'rejected') return;
        dataAt = performance.now();
        subscriptions.acked({ channel: message.type, instId: message.instId });
        // What only repeats known trades does not show that the feed is back.
        if (!anyData && translator.counters.ticks > before) {
          anyData = true;
          options.onData();
        }
      }
    }
  };

  socket.on('upgrade', (response) => {
    try {
      origin = originOf(response.headers[marketHeader]);
      checkOrigin(origin, options.expected, wsUrl);
    } catch (error) {
      failure = error instanceof UserError ? error : new UserError(reasonOf(error));
      finish(failure.message);
    }
  });
  socket.on('open', () => {
    if (ending) return;
    dataAt = performance.now();
    subscriptions.start();
    timers.push(setInterval(() => socket.send('ping'), options.pingMs));
    timers.push(setInterval(watch, Math.max(10, options.stallMs / 10)));
  });
  socket.on('message', (data, isBinary) => {
    if (!ending) receive(isBinary ? '(binary frame)' : data.toString());
  });
  socket.on('error', (error) => {
    const throttled = /: (429|403)$/.test(error.message);
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

function checkOrigin(origin: Origin, expected: Origin, wsUrl: string): void {
  if (origin.venue === expected.venue && origin.kind === expected.kind) return;
  throw new UserError(
    `${wsUrl} shows a ${origin.kind} market of ${origin.venue}, but a ${expected.kind} market of ${expected.venue} was expected.`,
    'Set market.restUrl and market.wsUrl to the same exchange.',
  );
}
