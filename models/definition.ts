import type { Baseline, ClassRule } from './baseline.ts';
import type { Parameters } from './engine.ts';
import type { Loss } from './losses.ts';
import type { ShownScale } from './shown_scale.ts';
import type { Task } from './task.ts';

/** What a person is shown for one bar. */
export interface Shown {
  prediction: number;
  /** Of the prediction where the model gives one, else null. */
  probability: number | null;
  /** The price that the prediction amounts to where that has a meaning, else null. */
  price: number | null;
  /** The prediction in words or with its unit. */
  text: string;
}

/** What showing a prediction may need beside it. */
export interface ShownContext {
  /** The bar's close, or null where it is not at hand. */
  close: number | null;
  symbol: string;
  /** null unless it is a model of one number. */
  scale: ShownScale | null;
}

/** One model: what it predicts, how that is judged, and what it must beat. */
export interface ModelDefinition<Name extends string = string> {
  name: Name;
  summary: string;
  /** Bars ahead that it is trained for unless told otherwise; the first is the one where there is time for one alone. */
  horizons: readonly [number, ...number[]];
  task: Task;
  /** Label column that it predicts. */
  target: string;
  loss: Loss;
  /** Whether it is about returns, which the bounce of a coarse tick seems to foretell. */
  ofReturns: boolean;
  /** The naive forecast that skill is measured against. */
  baseline: Baseline;
  /** Further naive forecasts, whose loss is shown beside the model's. */
  besides: readonly Baseline[];
  /** Rules whose accuracy is shown beside the model's. */
  rules: ClassRule[];
  /** Names of the classes 0 … K−1; none where it names none. */
  classNames: readonly string[];
  /** Unit of the prediction as shown. */
  unit: string;
  /** The metric that a one-line report shows, a name of validation/metrics.ts. */
  headline: string;
  /** Where the search for parameters begins, by engine. */
  start: Readonly<Record<string, Parameters>>;
  /** Engines that are tried on the short list of features too, see inputs.ts. */
  lean: readonly string[];
  /** Whether the mean of its linear model and its forest is tried too. */
  mean?: boolean;
  /** @param prediction the numbers of one row: 1, K probabilities, or quantiles and a point forecast */
  show(prediction: Float64Array, context: ShownContext): Shown;
}
