import type { Task } from '#models/task.ts';

/** The settings of every forest here, ours and the peers'. */
export function settingsOf(trees: number) {
  return { trees, depth: 8, minLeaf: 20, featuresPerSplit: 10 };
}

export type BenchSettings = ReturnType<typeof settingsOf>;

/** One of each kind, which cost differently. */
export const subjects: { kind: 'regression' | 'classes'; target: string; task: Task }[] = [
  { kind: 'regression', target: 'label_log_volatility', task: { kind: 'regression' } },
  { kind: 'classes', target: 'label_momentum_class', task: { kind: 'classes', classes: 3 } },
];

export const seed = 1;
