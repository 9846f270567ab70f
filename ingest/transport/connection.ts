import type { MarketEvent, Tick } from '#ingest/feed.ts';
import type { Origin } from '#ingest/origin.ts';
import type { Micros } from '#lib/time.ts';
import { BoundedBuffer } from './bounded_buffer.ts';
import type { LagWatch } from './lag.ts';
import { type Ending, type OpenSocket, openSocket, type Protocol, type SocketTimings } from './socket.ts';

export interface ConnectionOptions extends SocketTimings {
  /** In the order in which they are opened. Their symbols are the same. */
  sockets: readonly (Partial<SocketTimings> & { url: string; protocol: Protocol; kind?: Tick['kind'] })[];
  symbols: readonly string[];
  expected: Origin;
  /** Events held for a reader that is behind before the sockets are paused. */
  highWater: number;
  lag: LagWatch;
  /** Waits for the turn of a handshake. */
  turn: () => Promise<void>;
  onFrame?: ((text: string, receivedAt: Micros, index: number) => void) | undefined;
  /** Called at the connection's first new tick. */
  onData: () => void;
  /** Told at the beginning how to end it for a new one, and what it holds. */
  onOpen: (line: OpenLine) => void;
}

/** A connection that is open. */
export interface OpenLine {
  /** Ends it, for another one to take its place. */
  renew(cause: string): void;
  /** Rows that were received and not yielded yet. */
  readonly held: number;
}

/** `since`: event time of the last tick that the socket which ended had brought; undefined where nothing came at all. */
export type ConnectionEnding = Ending & { since: Micros | undefined };

/**
 * The sockets that some symbols need, as one: a symbol is subscribed when each of them has it, and when one ends, all end.
 * So whoever counts what was missed need not know how a venue spreads its streams. The next socket is opened when the
 * one before is subscribed: whatever the last ones bring shows that the first ones are there.
 *
 * Yields events in the order of arrival and returns how it ended, after all that was received has been yielded. Leaving the
 * iteration, or the signal, closes the sockets.
 * @throws UserError when a server shows another market than expected
 */
export async function* connection(
  options: ConnectionOptions,
  signal: AbortSignal,
): AsyncGenerator<MarketEvent, ConnectionEnding, void> {
  const { sockets, expected, onFrame } = options;
  const open: OpenSocket[] = [];
  const handover = new BoundedBuffer<MarketEvent>(options.highWater, {
    stop: () => {
      for (const socket of open) socket.pause();
    },
    goOn: () => {
      for (const socket of open) socket.resume();
    },
  });
  const newest: (Micros | undefined)[] = [];
  /** By symbol: how many sockets have it. */
  const subscribed = new Map<string, number>();
  let first: Micros | undefined;
  let ending: ConnectionEnding | undefined;
  /** Sockets that are open or about to be. */
  let begun = 0;
  let over = 0;

  const finish = (how: Ending, index?: number) => {
    if (ending) return;
    // A socket that never brought anything has missed all that the others saw.
    const ended = index === undefined ? open.map((_, each) => newest[each] ?? first) : [newest[index] ?? first];
    ending = { ...how, since: ended.some((ts) => ts === undefined) ? first : Math.min(...(ended as Micros[])) };
    for (const socket of open) socket.close(how.cause);
    handover.end();
  };
  const onAbort = () => finish({ cause: 'closed by us', over: false, throttled: false });
  const fail = (failure: Error) => finish({ cause: failure.message, over: false, throttled: false, failure });

  const openNext = async () => {
    const index = begun;
    begun += 1;
    await options.turn();
    if (ending) return;
    const socket = openSocket(
      { ...options, ...sockets[index], onFrame: onFrame && ((text, at) => onFrame(text, at, index)) },
      {
        emit: (event) => {
          handover.push(event);
          if (event.type !== 'tick') return;
          const { ts } = event.tick;
          if (!(ts <= newest[index]!)) newest[index] = ts;
          if (first !== undefined) return;
          // What only repeats known trades does not show that the feed is back.
          first = ts;
          options.onData();
        },
        subscribed: (symbols) => {
          for (const symbol of symbols) subscribed.set(symbol, (subscribed.get(symbol) ?? 0) + 1);
          const complete = symbols.filter((symbol) => subscribed.get(symbol) === sockets.length);
          if (complete.length > 0) {
            handover.push({ type: 'subscribed', venue: expected.venue, symbols: complete, at: Date.now() * 1_000 });
          }
          if (index === begun - 1 && begun < sockets.length) openNext().catch(fail);
        },
        ended: (how) => {
          // A market that ends closes each socket after its last frame: the others may still have some to read.
          if (how.over) over += 1;
          if (!how.over || over === open.length) finish(how, index);
        },
      },
    );
    open.push(socket);
    if (handover.stopped) socket.pause();
  };

  options.onOpen({
    renew: (cause) => finish({ cause, over: false, throttled: false }),
    get held() {
      return handover.count(isRow);
    },
  });
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    openNext().catch(fail);
    yield* handover.drain();
    if (ending!.failure) throw ending!.failure;
    return ending!;
  } finally {
    signal.removeEventListener('abort', onAbort);
    onAbort();
  }
}

/** Whether the event is a row, of which none may get lost. */
export function isRow({ type }: MarketEvent): boolean {
  return type === 'tick' || type === 'rejected';
}
