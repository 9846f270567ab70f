import { column, type Frame } from '#lib/frame.ts';
import { quantilesOf } from './quantiles.ts';
import { meanOf } from './validation/metrics.ts';

/** What a regression predicted out of fold: the scale that a new prediction is shown on. */
export interface ShownScale {
  /** Quantiles 0, 0.01, … 1 of the predictions, of all symbols and of each. */
  quantiles: number[];
  bySymbol: Record<string, number[]>;
  /**
   * Of logs of deviations: √mean((realised / predicted)²). The exponential of a mean log is a geometric mean, which lies below
   * the root mean square, as people compute a deviation, by this factor.
   */
  rms: number;
}

/**
 * @param target the label column
 * @param from row of the frame that the first prediction is of
 */
export function shownScaleOf(target: string, frame: Frame, from: number, predictions: Float64Array): ShownScale {
  const came = column(frame, target).subarray(from);
  const symbolOf = frame.symbolOf.subarray(from);
  const bySymbol = frame.symbols.map(
    (symbol, s) => [symbol, predictions.filter((_, row) => symbolOf[row] === s)] as const,
  );
  return {
    quantiles: quantilesOf(predictions),
    bySymbol: Object.fromEntries(
      bySymbol.filter(([, own]) => own.length > 0).map(([symbol, own]) => [symbol, quantilesOf(own)]),
    ),
    rms: Math.sqrt(meanOf(predictions.map((value, row) => Math.exp(2 * (came[row] - value))))),
  };
}
