import { quantileLevels } from './losses.ts';

/** Numbers of a row: its quantiles, ascending, and its point forecast last. */
const width = quantileLevels.length + 1;

/**
 * @param quantiles n × 5 row-major
 * @param points n point forecasts
 * @returns n × 6 row-major
 */
export function besidePoints(quantiles: Float64Array, points: Float64Array): Float64Array {
  const rows = new Float64Array(points.length * width);
  for (const [row, point] of points.entries()) {
    rows.set(quantiles.subarray(row * (width - 1), (row + 1) * (width - 1)), row * width);
    rows[row * width + width - 1] = point;
  }
  return rows;
}

/** The quantiles of predictions with point forecasts, n × 5 row-major. */
export function quantilesAlone(predictions: Float64Array): Float64Array {
  return predictions.filter((_, i) => i % width < width - 1);
}

/** The point forecasts of predictions with quantiles, n numbers. */
export function pointsAlone(predictions: Float64Array): Float64Array {
  return predictions.filter((_, i) => i % width === width - 1);
}
