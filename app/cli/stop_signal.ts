/**
 * Aborts at Ctrl-C or SIGTERM, and after `afterMs` if that is given. A second Ctrl-C ends the process at once.
 * `release` takes the listeners away.
 */
export function stopSignal(afterMs?: number): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop);
  const timer = afterMs === undefined ? undefined : setTimeout(stop, afterMs);
  const release = () => {
    clearTimeout(timer);
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, stop);
  };
  return { signal: controller.signal, release };
}
