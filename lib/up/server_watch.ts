import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '#lib/config.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { reviveServices } from '#lib/services/revive.ts';

/** Somebody who restarts a server by hand gets this long before it is done for him. */
const patienceMs = 2_000;

/** Starts embedded servers again, on their ports, when they die; until `signal`. */
export async function watchServers(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(patienceMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      const revived = await reviveServices(config, log, signal);
      if (revived.length > 0) log.error({ servers: revived }, 'servers had died and were started again');
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'a server has died and could not be started again; trying again');
    }
  }
}
