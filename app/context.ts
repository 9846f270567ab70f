import { ensureTables } from '#features/columns.ts';
import { newCommand } from '#jobs/queue/command_worker.ts';
import { pausesFile } from '#jobs/queue/pauses.ts';
import type { QueueAddress } from '#jobs/queue/queues.ts';
import type { WorkerContext } from '#jobs/queue/worker.ts';
import { type Config, loadConfig } from '#lib/config.ts';
import { createLog, type Logger } from '#lib/log.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { migrate } from '#lib/questdb/migrations.ts';
import { acquireServices, type Services } from '#lib/services/services.ts';

/** What a command works with: servers that answer, with the newest schema. */
export interface Context {
  config: Config;
  log: Logger;
  db: QuestDb;
  services: Services;
  queues: QueueAddress;
  /** For workers in this process. */
  worker: WorkerContext;
}

/** The prefix of this project's keys in Redis. */
export const queuePrefix = 'tickforest';

/** Settings and log of a command that needs no servers. */
export function settings(overrides: { dataDir?: string } = {}): { config: Config; log: Logger } {
  const config = { ...loadConfig(), ...overrides };
  return { config, log: createLog(config.log.level, config.log.format) };
}

/**
 * Runs a command with the servers of the configuration: those that run already, else started ones that are stopped again
 * when it ends, also by Ctrl-C (unless the command deals with signals itself). The jobs of a `service` are nobody's own.
 */
export async function withServices<T>(
  options: { dataDir?: string; keep?: boolean; ownSignals?: boolean; service?: boolean },
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const { config, log } = settings(options.dataDir ? { dataDir: options.dataDir } : {});
  const services = await acquireServices(config, log);
  const db = new QuestDb(services.questdb);
  let released: Promise<void> | undefined;
  const release = () => {
    released ??= db.close().then(() => services.release({ keep: options.keep }));
    return released;
  };
  const interrupted = (signal: NodeJS.Signals) => {
    log.warn({ signal }, 'stopping');
    release().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  if (!options.ownSignals) {
    process.once('SIGINT', interrupted);
    process.once('SIGTERM', interrupted);
  }
  try {
    await migrate(db);
    await ensureTables(db);
    const command = options.service ? undefined : newCommand();
    const queues = { redis: services.redis, prefix: queuePrefix, command, pauses: pausesFile(config.dataDir) };
    const worker = { queues, db, dataDir: config.dataDir, log, concurrency: config.training.concurrency };
    return await work({ config, log, db, services, queues, worker });
  } finally {
    await release();
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', interrupted);
  }
}
