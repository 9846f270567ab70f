import type { Context } from '#app/context.ts';
import { startWorkerRole } from '#jobs/worker_role.ts';
import { openRedis } from '#lib/redis.ts';

/** The worker role until `signal`. What is being worked on then is finished first. */
export async function runWorker(context: Context, signal: AbortSignal): Promise<void> {
  const redis = openRedis(context.services.redis);
  const workerRole = await startWorkerRole({ ...context.worker, redis, config: context.config });
  context.log.info('worker ready');
  try {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    await workerRole.close();
    redis.disconnect();
  }
}
