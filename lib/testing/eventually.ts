import { vi } from 'vitest';

/**
 * Waits until the assertion holds. The patience is that of a machine with twenty times the work it can do: a test that waits
 * for something says that it happens, never how soon.
 */
export function eventually<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { timeout: 300_000, interval: 20 });
}
