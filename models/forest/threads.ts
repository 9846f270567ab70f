import { Worker } from 'node:worker_threads';
import type { Grown, TrainingSet } from './grower.ts';

/** What a thread is started with: `turn[0]` is the number of the next tree, which the threads draw in turn. */
export interface ThreadData {
  training: TrainingSet;
  turn: Int32Array;
}

export interface ThreadMessage {
  index: number;
  grown: Grown;
}

/**
 * Grows all trees in `settings.workers` threads, which read the same shared memory, and calls back with each, in any
 * order. Which thread grows a tree does not show in it.
 * @throws what a thread or the callback threw, or the reason of the signal; all threads are stopped by then
 */
export async function growInThreads(
  training: TrainingSet,
  onGrown: (index: number, grown: Grown) => void,
  signal?: AbortSignal,
): Promise<void> {
  const total = training.settings.trees;
  const threadData: ThreadData = { training, turn: new Int32Array(new SharedArrayBuffer(4)) };
  const threads: Worker[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let done = 0;
  let ended = false;
  const fail = (reason: unknown) => {
    ended = true;
    reject(reason);
  };
  const abort = () => fail(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    signal?.throwIfAborted();
    for (let i = 0; i < Math.min(training.settings.workers, total); i++) {
      const thread = new Worker(new URL('./worker.ts', import.meta.url), { workerData: threadData });
      threads.push(thread);
      thread.on('error', fail);
      thread.on('messageerror', fail);
      thread.on('exit', (code) => {
        if (code !== 0) fail(new Error(`a thread that grew trees ended with code ${code} after ${done} of ${total}`));
      });
      thread.on('message', ({ index, grown }: ThreadMessage) => {
        // Trees that were under way when the fit was called off are not reported.
        if (ended) return;
        done++;
        try {
          onGrown(index, grown);
        } catch (error) {
          fail(error);
        }
        if (done === total) resolve();
      });
    }
    await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
