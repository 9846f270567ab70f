import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configSchema } from '#lib/config.ts';
import { credentialsOf } from '#lib/services/credentials.ts';
import { freePort } from '#lib/services/ports.ts';
import { startRedis } from '#lib/services/redis.ts';
import type { RedisAddress } from '#lib/services/services.ts';

/** A Redis of one test, which it may empty, and in which it finds the jobs of nobody else. */
export interface OwnRedis {
  redis: RedisAddress;
  end(): void;
}

export async function startOwnRedis(): Promise<OwnRedis> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-redis-'));
  const port = await freePort(17_379);
  const child = await startRedis(configSchema.parse({ dataDir }), port);
  return {
    redis: { host: '127.0.0.1', port, ...credentialsOf(dataDir).redis, db: 0 },
    end() {
      child.kill('SIGKILL');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
