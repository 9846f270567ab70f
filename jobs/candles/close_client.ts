import { ownId } from '#jobs/queue/command_worker.ts';
import { finished, openEvents, openQueue, type QueueAddress } from '#jobs/queue/queues.ts';
import type { WorkerContext } from '#jobs/queue/worker.ts';
import { startWorkers } from '#jobs/workers.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import type { CloseRequest, CloseResult } from './close.ts';

/** Hands minutes to the closer, wherever its worker runs, and waits until they are closed. */
export interface CloseClient {
  close(request: CloseRequest): Promise<CloseResult>;
  end(): Promise<void>;
}

export async function openCloseClient(queues: QueueAddress): Promise<CloseClient> {
  const queue = openQueue<CloseRequest, CloseResult>(queues, 'close');
  const events = openEvents(queues, 'close');
  await events.waitUntilReady();
  return {
    async close(request) {
      if (request.ranges.length === 0) return { minutes: 0 };
      return finished<CloseResult>(
        await queue.add('close', request, {
          ...{ attempts: 5, backoff: { type: 'exponential', delay: 1_000 } },
          ...ownId(queues),
        }),
        events,
      );
    },
    async end() {
      await queue.close();
      await events.close();
    },
  };
}

/**
 * Runs `work` with a closer and a worker for it in this process; for commands that run on their own. When it is done the
 * coarser candles show what was closed, because no service tells them.
 */
export async function withCloseClient<T>(
  context: WorkerContext,
  work: (closeClient: CloseClient) => Promise<T>,
): Promise<T> {
  const workers = await startWorkers(context, ['close']);
  try {
    const closeClient = await openCloseClient(context.queues);
    try {
      const result = await work(closeClient);
      await viewsCurrent(context.db, 600_000);
      return result;
    } finally {
      await closeClient.end();
    }
  } finally {
    await workers.close();
  }
}
