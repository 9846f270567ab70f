import { existsSync, readFileSync } from 'node:fs';
import type { Config } from '#lib/config.ts';
import type { Logger } from '#lib/log.ts';
import { credentialsOf } from './credentials.ts';
import { questDbAnswers, startQuestDb } from './questdb.ts';
import { redisAnswers, startRedis } from './redis.ts';
import { type Running, runningServices, servicesFile, writeRunning } from './services.ts';
import { exclusively } from './usage.ts';

/**
 * Starts embedded servers that have died again, on the ports they had. One that somebody else has started there meanwhile
 * is left alone. Does nothing where the servers were stopped on purpose.
 * @returns the names of those started
 */
export function reviveServices(config: Config, log: Logger, signal: AbortSignal): Promise<string[]> {
  return exclusively(config.dataDir, async () => {
    const file = servicesFile(config);
    if (signal.aborted || !existsSync(file)) return [];
    const before = JSON.parse(readFileSync(file, 'utf8')) as Running;
    const running = runningServices(config);
    const revived: string[] = [];
    const { questdb, redis } = before;
    if (questdb && !running.questdb && !(await questDbAnswers(questdb.http))) {
      log.warn({ http: questdb.http }, 'QuestDB has died; starting it again');
      const { pid } = await startQuestDb(config, questdb.http, questdb.pg);
      running.questdb = { ...questdb, pid: pid!, ...credentialsOf(config.dataDir).questdb };
      revived.push('questdb');
    }
    if (redis && !running.redis && !(await redisAnswers(redis.port, redis.password))) {
      log.warn({ port: redis.port }, 'Redis has died; starting it again');
      const { pid } = await startRedis(config, redis.port);
      running.redis = { ...redis, pid: pid!, ...credentialsOf(config.dataDir).redis };
      revived.push('redis');
    }
    if (revived.length > 0) writeRunning(config, { ...before, ...running });
    return revived;
  });
}
