/** What a model predicts: one number a row, or the probabilities of classes 0 … K−1 a row. */
export type Task = { kind: 'regression' } | { kind: 'classes'; classes: number };

/** How many numbers a prediction of one row has. */
export function widthOf(task: Task): number {
  return task.kind === 'regression' ? 1 : task.classes;
}

/** The most probable class of each row of an n × K row-major matrix; of equal ones the lowest. */
export function mostLikely(probabilities: Float64Array, classes: number): Uint8Array {
  return Uint8Array.from({ length: probabilities.length / classes }, (_, row) => {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if (probabilities[row * classes + k] > probabilities[row * classes + best]) best = k;
    }
    return best;
  });
}
