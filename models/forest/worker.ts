import { parentPort, workerData } from 'node:worker_threads';
import { createGrower } from './grower.ts';
import type { ThreadData, ThreadMessage } from './threads.ts';

const { training, turn }: ThreadData = workerData;
const grow = createGrower(training);
for (let index = Atomics.add(turn, 0, 1); index < training.settings.trees; index = Atomics.add(turn, 0, 1)) {
  const grown = grow(index);
  const { feature, threshold, next, gain, rows, values } = grown.tree;
  const arrays = [feature, threshold, next, gain, rows, values, ...(grown.undrawn ? [grown.undrawn] : [])];
  const message: ThreadMessage = { index, grown };
  parentPort?.postMessage(
    message,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
}
