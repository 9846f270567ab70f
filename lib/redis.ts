import { Redis } from 'ioredis';
import type { RedisAddress } from '#lib/services/services.ts';

/** A connection for our own keys. A command fails after two reconnects instead of waiting for a server that is away. */
export function openRedis(address: RedisAddress): Redis {
  const redis = new Redis({
    ...address,
    maxRetriesPerRequest: 2,
    retryStrategy: (times) => Math.min(200 * times, 2_000),
  });
  // The command in flight rejects and tells its caller; without a listener ioredis would print to stderr.
  redis.on('error', () => {});
  return redis;
}
