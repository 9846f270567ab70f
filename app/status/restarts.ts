import { type Ended, supervisorOf } from '#app/live/supervision.ts';
import type { Config } from '#lib/config.ts';
import type { Problem } from './problem.ts';

/** For so long the end of a role is a problem, though it is back after a second; `status` shows the last one for good. */
const toldSeconds = 20;

/** How each role of the supervisor here ended last, if it was started again. */
export function restarts(config: Config): Record<string, Ended> {
  return supervisorOf(config)?.ended ?? {};
}

/** Of those, the ones that have just ended. */
export function restartProblems(ended: Record<string, Ended>, now = Date.now()): Problem[] {
  return Object.entries(ended).flatMap(([role, { at, cause }]): Problem[] => {
    const seconds = Math.round((now - Date.parse(at)) / 1_000);
    if (seconds > toldSeconds) return [];
    const part = role === 'ingest' ? 'ingest' : 'worker';
    return [{ part, what: `the ${role} process ended (${cause}) ${seconds} s ago and was started again` }];
  });
}
