import { column, type Frame } from '#lib/frame.ts';

/** From so many basis points of the price on, a tick is coarse: its bounce between bid and ask looks like foresight. */
export const coarseTickBp = 5;

/**
 * The tick of each symbol in basis points of its price: the smallest move of its closes within the frame, by the mean close.
 * Infinity for a symbol whose closes never move, and NaN for one that has no rows.
 */
export function tickBasisPoints(frame: Frame): Float64Array {
  const closes = column(frame, 'label_close');
  const count = frame.symbols.length;
  const [last, least] = [
    new Float64Array(count).fill(Number.NaN),
    new Float64Array(count).fill(Number.POSITIVE_INFINITY),
  ];
  const [sum, rows] = [new Float64Array(count), new Float64Array(count)];
  for (let row = 0; row < frame.rows; row++) {
    const [symbol, close] = [frame.symbolOf[row], closes[row]];
    const move = Math.abs(close - last[symbol]);
    // What is left of the rounding of doubles is no move.
    if (move > 1e-9 * close && move < least[symbol]) least[symbol] = move;
    last[symbol] = close;
    sum[symbol] += close;
    rows[symbol]++;
  }
  return least.map((move, symbol) => (1e4 * move) / (sum[symbol] / rows[symbol]));
}
