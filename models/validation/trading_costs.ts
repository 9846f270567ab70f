import type { Frame } from '#lib/frame.ts';

/**
 * What one side of a trade costs, in basis points, of each row: the fee, and half of the spread that was quoted in the bar. A
 * bar without quotes, and a frame without `spread_bps`, has the fee alone. The features of that name are those of the bar
 * after which the position begins; what is quoted when it ends is taken to be the same.
 */
export function tradingCosts(rows: Frame, feeBp: number): Float64Array {
  const spread = rows.columns.get('spread_bps');
  const quoted = rows.columns.get('has_quotes');
  // A crossed book does not pay for a trade.
  return Float64Array.from({ length: rows.rows }, (_, row) =>
    spread && quoted?.[row] === 1 ? feeBp + Math.max(0, spread[row]) / 2 : feeBp,
  );
}
