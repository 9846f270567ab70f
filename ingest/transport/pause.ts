import { setTimeout } from 'node:timers/promises';

/** Waits; a signal ends the wait early, without an error, since who waits checks the signal anyway. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
