import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { ensureTables } from '#features/columns.ts';
import { configSchema } from '#lib/config.ts';
import { silent } from '#lib/log.ts';
import { QuestDb, type QuestDbAddress } from '#lib/questdb/database.ts';
import { migrate } from '#lib/questdb/migrations.ts';
import { acquireServices, type RedisAddress, stopServices } from '#lib/services/services.ts';
import { makeTemporaryRoot } from './temporary_root.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    questdb: QuestDbAddress;
    redis: RedisAddress;
  }
}

/** Where the launcher keeps it too. */
const compileCache = fileURLToPath(new URL('../../var/tools/compile-cache', import.meta.url));

/**
 * One real QuestDB and one real Redis for the whole run, on free ports and in a directory of their own. Tests keep apart
 * by using venues and queue prefixes of their own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Commands that tests run as processes of their own start in half the time where the compiled code is kept.
  process.env.NODE_COMPILE_CACHE ??= compileCache;
  // Servers of tests live for seconds: code compiled once and lightly is ready sooner, at three fifths of the work.
  process.env.JDK_JAVA_OPTIONS ??= '-XX:TieredStopAtLevel=1';
  const temporary = makeTemporaryRoot();
  const dataDir = join(temporary, 'services');
  // One server for all files: each keeps the plans of its statements, of which those of features are large.
  const config = configSchema.parse({
    dataDir,
    questdb: { httpPort: 19000, pgPort: 18812, heap: '3g' },
    redis: { port: 16379 },
  });
  const services = await acquireServices(config, silent);
  const db = new QuestDb(services.questdb);
  await migrate(db);
  await ensureTables(db);
  await db.close();
  project.provide('questdb', services.questdb);
  project.provide('redis', services.redis);
  return async () => {
    await stopServices(config, silent);
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  };
}
