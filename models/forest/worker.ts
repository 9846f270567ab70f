import { parentPort, workerData } from 'node:worker_threads';
import { createGrower } from './grower.ts';
import type { GrownTree, ThreadData } from './threads.ts';

const { training, turn }: ThreadData = workerData;
const grow = createGrower(training);
for (let index = Atomics.add(turn, 0, 1); index < training.settings.trees; index = Atomics.add(turn, 0, 1)) {
  const tree = grow(index);
  const message: GrownTree = { index, tree };
  parentPort?.postMessage(
    message,
    [tree.feature, tree.threshold, tree.next, tree.gain, tree.rows, tree.values].map(
      ({ buffer }) => buffer as ArrayBuffer,
    ),
  );
}
