import { expect, it } from 'vitest';
import { column } from '#lib/frame.ts';
import { plantedFrame } from './fixtures/planted_frame.ts';
import { shuffleLabels } from './shuffle_labels.ts';

const frame = plantedFrame({ bars: 300, seed: 1, strength: 0.5 });

it('moves the labels of a row together, far away within their symbol, and leaves the features', () => {
  const shuffled = shuffleLabels(frame, 6);
  const close = column(frame, 'label_close');
  const at = new Map(Array.from(close, (value, row) => [value, row]));
  const came = Array.from(column(shuffled, 'label_close'), (value) => at.get(value)!);
  expect(new Set(came).size).toBe(frame.rows);
  for (const [row, from] of came.entries()) {
    expect(frame.symbolOf[from]).toBe(frame.symbolOf[row]);
    expect(Math.abs(frame.ts[from] - frame.ts[row])).toBeGreaterThan(0.2 * 300 * 60e6);
    for (const name of ['label_up', 'label_log_return', 'label_dev_60']) {
      expect(column(shuffled, name)[row]).toBe(column(frame, name)[from]);
    }
  }
  expect(column(shuffled, 'drift_hint')).toBe(column(frame, 'drift_hint'));
});

it('is the same for the same seed and another for another', () => {
  const labels = (seed: number) => column(shuffleLabels(frame, seed), 'label_log_return');
  expect(labels(1)).toEqual(labels(1));
  expect(labels(1)).not.toEqual(labels(2));
});
