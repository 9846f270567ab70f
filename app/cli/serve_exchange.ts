import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultServer } from '#ingest/local_exchange/fault_server.ts';
import type { LocalExchange } from '#ingest/local_exchange/market_server.ts';
import { stopSignal } from './stop_signal.ts';

/** For subscribers that are still reading what was sent when the market ended. */
const lastReadMs = 30_000;

/**
 * Serves a local exchange until its market ends or Ctrl-C.
 * @param describe called once it listens, with the address that takes requests for faults if there is one
 * @param faults whether such requests are accepted, by POST on another port of 127.0.0.1
 * @returns the number of frames played; undefined where it was stopped before the end
 */
export async function serveUntilStopped<E extends LocalExchange>(
  start: () => Promise<E>,
  describe: (exchange: E, faultsUrl: string | undefined) => void | Promise<void>,
  faults = false,
): Promise<number | undefined> {
  const { signal, release } = stopSignal();
  const exchange = await start();
  const requests = faults ? await startFaultServer(exchange.faults) : undefined;
  const stopped = once(signal, 'abort');
  try {
    await describe(exchange, requests?.url);
    const played = await Promise.race([exchange.finished, stopped]);
    if (typeof played !== 'number') return undefined;
    await left(exchange);
    return played;
  } finally {
    release();
    await requests?.close();
    await exchange.close();
  }
}

/** Waits for the subscribers to have read it all. */
async function left(exchange: LocalExchange): Promise<void> {
  const deadline = Date.now() + lastReadMs;
  while (exchange.connections() > 0 && Date.now() < deadline) await sleep(50);
}
