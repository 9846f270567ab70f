import { Worker } from 'node:worker_threads';
import type { TrainingSet } from './grower.ts';
import type { Tree } from './tree.ts';

/** What a thread is started with: `turn[0]` is the number of the next tree, which the threads draw in turn. */
export interface ThreadData {
  training: TrainingSet;
  turn: Int32Array;
}

export interface GrownTree {
  index: number;
  tree: Tree;
}

/**
 * Grows all trees in `settings.workers` threads, which read the same shared memory. Which thread grows a tree does not
 * show in it.
 * @throws what a thread threw, or the reason of the signal; all threads are stopped by then
 */
export async function growInThreads(
  training: TrainingSet,
  onTree?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<Tree[]> {
  const total = training.settings.trees;
  const trees = new Array<Tree>(total);
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
      thread.on('message', ({ index, tree }: GrownTree) => {
        // Trees that were under way when the fit was called off are not reported.
        if (ended) return;
        trees[index] = tree;
        done++;
        try {
          onTree?.(done, total);
        } catch (error) {
          fail(error);
        }
        if (done === total) resolve();
      });
    }
    await promise;
    return trees;
  } finally {
    signal?.removeEventListener('abort', abort);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
