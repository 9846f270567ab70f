import type { Frame } from '#lib/frame.ts';

/** What a baseline may need to know about the bars beside their rows. */
export interface BarContext {
  /** Bars that a label looks ahead. */
  horizon: number;
  barMicros: number;
}

/** A naive forecast. It is fitted on a training part alone and predicts in the same shape as a model. */
export interface Baseline {
  name: string;
  fit(train: Frame, context: BarContext): FittedBaseline;
}

export interface FittedBaseline {
  /** Which forecast this is; where a baseline chooses between two, the one it chose. */
  name: string;
  /** The fitted numbers, as plain data. */
  parameters: Record<string, number | number[]>;
  /** n numbers, or n × K row-major probabilities. */
  predict(frame: Frame): Float64Array;
}

/** A rule that names a class for each row; a model's accuracy is shown beside the accuracy of such rules. */
export interface ClassRule {
  name: string;
  fit(train: Frame): (frame: Frame) => Float64Array;
}
