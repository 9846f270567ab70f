import { column, type Frame } from '#lib/frame.ts';
import type { Baseline, FittedBaseline } from '#models/baseline.ts';

const name = 'class_frequencies_given_last_return';
const classes = 3;
type Fitted = { table: number[] };

/**
 * The class that momentum would have were the next return 0: −(last return) against the band, 0 below −band, 1 within,
 * 2 above. Both are known at the bar.
 */
export function classOfZeroReturn(frame: Frame): Float64Array {
  const band = column(frame, 'label_momentum_band');
  return column(frame, 'label_last_return').map((last, row) => (-last < -band[row] ? 0 : -last > band[row] ? 2 : 1));
}

/**
 * Momentum's class frequencies in the training part, given the sign and size of −(last return). Each count starts at 1
 * (Laplace), so that a class never seen in a group still has a probability and the log-loss stays finite.
 */
export const momentumClass: Baseline = {
  name,
  fit(train) {
    const counts = new Float64Array(classes * classes).fill(1);
    const groups = classOfZeroReturn(train);
    const came = column(train, 'label_momentum_class');
    for (let row = 0; row < train.rows; row++) counts[groups[row] * classes + came[row]]++;
    const table = Array.from(counts, (count, i) => {
      const group = Math.floor(i / classes) * classes;
      return count / (counts[group] + counts[group + 1] + counts[group + 2]);
    });
    return forecast({ table });
  },
  load: ({ parameters }) => forecast(parameters as Fitted),
};

function forecast(parameters: Fitted): FittedBaseline {
  const { table } = parameters;
  const predict = (frame: Frame) => {
    const group = classOfZeroReturn(frame);
    return Float64Array.from(
      { length: frame.rows * classes },
      (_, i) => table[group[Math.floor(i / classes)] * classes + (i % classes)],
    );
  };
  return { name, parameters, reads: ['label_last_return', 'label_momentum_band'], predict };
}
