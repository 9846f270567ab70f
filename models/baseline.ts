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
  /** Features that it is fitted on beside labels: where a frame lacks one, a forecast beside the baseline is left out. */
  needs?: readonly string[];
  fit(train: Frame, context: BarContext): FittedBaseline;
  /** The forecast of which these are the name and the parameters; it predicts what that one did, bit for bit. */
  load(saved: SavedBaseline): FittedBaseline;
}

/** A fitted baseline as plain data, which `JSON` gives back as it was. */
export interface SavedBaseline {
  /** Which forecast this is; where a baseline chooses between two, the one it chose. */
  name: string;
  /** All that was fitted. */
  parameters: Readonly<Record<string, unknown>>;
}

export interface FittedBaseline extends SavedBaseline {
  /** The columns that it predicts from: labels that are known at the bar. */
  reads: readonly string[];
  /** In the shape of a model: n numbers, or n × K row-major. */
  predict(frame: Frame): Float64Array;
}

/** A rule that names a class for each row; a model's accuracy is shown beside the accuracy of such rules. */
export interface ClassRule {
  name: string;
  fit(train: Frame): (frame: Frame) => Float64Array;
}
