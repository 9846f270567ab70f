import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '#lib/config.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { reviveServices } from '#lib/services/revive.ts';
import { runningServices } from '#lib/services/services.ts';

/** Somebody who restarts a server by hand gets this long before it is done for him. */
const patienceMs = 5_000;

const lookMs = 1_000;

/** Starts embedded servers again, on their ports, when they have been dead for a while; until `signal`. */
export async function watchServers(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  let deadSince: number | undefined;
  while (!signal.aborted) {
    await sleep(lookMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      const { questdb, redis } = runningServices(config);
      const dead = (config.questdb.host === undefined && !questdb) || (config.redis.host === undefined && !redis);
      deadSince = dead ? (deadSince ?? Date.now()) : undefined;
      if (deadSince === undefined || Date.now() - deadSince < patienceMs) continue;
      deadSince = undefined;
      const revived = await reviveServices(config, log, signal);
      if (revived.length > 0) log.error({ servers: revived }, 'servers had died and were started again');
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'a server has died and could not be started again; trying again');
    }
  }
}
