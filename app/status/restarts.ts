import { supervisorOf } from '#app/live/supervision.ts';
import type { Config } from '#lib/config.ts';
import type { Problem } from './problem.ts';

/** For so long the end of a role is told: who looks once a minute must see it, though it lasted a second. */
const toldSeconds = 60;

/** The roles of the supervisor here that have just ended and were started again. */
export function restartProblems(config: Config, now = Date.now()): Problem[] {
  const ended = Object.entries(supervisorOf(config)?.ended ?? {});
  return ended.flatMap(([role, { at, cause }]): Problem[] => {
    const seconds = Math.round((now - Date.parse(at)) / 1_000);
    if (seconds > toldSeconds) return [];
    const part = role === 'ingest' ? 'ingest' : 'worker';
    return [{ part, what: `the ${role} process ended (${cause}) ${seconds} s ago and was started again` }];
  });
}
