import { column, type Frame } from '#lib/frame.ts';
import type { ClassRule } from '#models/baseline.ts';
import { classShares } from './base_rate.ts';
import { classOfZeroReturn } from './momentum_class.ts';

/** Always the class that was most frequent in training; of equal ones the lowest. */
export function majority(target: string, classes: number): ClassRule {
  return {
    name: 'majority',
    fit(train) {
      const shares = classShares(column(train, target), classes);
      const most = shares.indexOf(Math.max(...shares));
      return ({ rows }) => new Float64Array(rows).fill(most);
    },
  };
}

/** Up after a rise. An unchanged price predicts no rise, as the target counts it. */
export const continuation: ClassRule = {
  name: 'continuation',
  fit: () => (frame) => lastReturn(frame).map((value) => (value > 0 ? 1 : 0)),
};

/** Up after a fall. An unchanged price predicts no rise, as the target counts it. */
export const reversal: ClassRule = {
  name: 'reversal',
  fit: () => (frame) => lastReturn(frame).map((value) => (value < 0 ? 1 : 0)),
};

/** Momentum's class as it would be were the next return 0. */
export const nextReturnZero: ClassRule = { name: 'next_return_zero', fit: () => classOfZeroReturn };

function lastReturn(frame: Frame): Float64Array {
  return column(frame, 'label_last_return');
}
