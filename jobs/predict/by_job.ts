import { ownId } from '#jobs/queue/command_worker.ts';
import { finished, openEvents, openQueue, type QueueAddress } from '#jobs/queue/queues.ts';
import type { PredictRequest, PredictResult } from './request.ts';

/** Has the newest bars predicted by a job of the queue `predict`, which needs a worker somewhere. */
export async function predictByJob(queues: QueueAddress, request: PredictRequest): Promise<PredictResult> {
  const queue = openQueue<PredictRequest, PredictResult>(queues, 'predict');
  const events = openEvents(queues, 'predict');
  try {
    await events.waitUntilReady();
    return await finished<PredictResult>(
      await queue.add('newest', request, {
        ...{ attempts: 3, backoff: { type: 'exponential', delay: 1_000 } },
        ...ownId(queues),
      }),
      events,
    );
  } finally {
    await queue.close();
    await events.close();
  }
}
