import type { Python } from '#app/bench/python.ts';
import type { Task } from '#models/task.ts';
import type { BenchSettings } from './settings.ts';

export interface PeerRequest {
  file: string;
  features: string[];
  target: string;
  task: Task;
  settings: BenchSettings;
  /** Processor cores. */
  jobs: number;
  /** How many of the first rows a timed fit takes. */
  fitRows?: number;
  /** Instead: first and last rows (exclusive) of training and test, and where the predictions go. */
  outOfFold?: { folds: [number, number, number, number][]; predictions: string };
}

export interface PeerSaid {
  seconds: number;
  /** Processor time of a timed fit. */
  cpu_seconds: number;
  /** A prediction of 36 rows; of a timed fit. */
  predict_ms: number;
  rss_mib: number;
  version: string;
}

/** scikit-learn's forest, see peers/forest.py. */
export function runSklearn(python: Python, { task, settings, fitRows, outOfFold, ...rest }: PeerRequest) {
  const request = {
    ...rest,
    ...outOfFold,
    classes: task.kind === 'classes' ? task.classes : null,
    settings: {
      trees: settings.trees,
      depth: settings.depth,
      min_leaf: settings.minLeaf,
      features_per_split: settings.featuresPerSplit,
    },
    fit_rows: fitRows,
  };
  return python.json<PeerSaid>('forest.py', [], JSON.stringify(request));
}
