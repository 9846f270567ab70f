import { describe, expect, it } from 'vitest';
import type { Frame } from '#lib/frame.ts';
import { modelNamed } from './catalogue.ts';
import { createRandom } from './forest/random.ts';
import { shownScaleOf } from './shown_scale.ts';

const rows = 20_000;
const random = createRandom(3, 0);
const uniform = () => (random.next() + 0.5) / 2 ** 32;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

/** Deviations that are lognormal around what was predicted, and of ten times the size for the second symbol. */
const predicted = Float64Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? -8 : -8 + Math.log(10)) + uniform());
const came = predicted.map((value) => value + 0.6 * normal());
const frame: Frame = {
  rows: rows + 100,
  ts: Float64Array.from({ length: rows + 100 }, (_, row) => Math.floor(row / 2) * 60e6),
  symbols: ['A-USDT', 'B-USDT'],
  symbolOf: Uint16Array.from({ length: rows + 100 }, (_, row) => row % 2),
  columns: new Map([['label_log_volatility', Float64Array.from([...new Array(100).fill(0), ...came])]]),
};
const scale = shownScaleOf('label_log_volatility', frame, 100, predicted);

describe('how a prediction is shown', () => {
  it('as a deviation whose square is on average that of what came, in every fifth of the predictions', () => {
    const { show } = modelNamed('volatility_regressor');
    const order = Uint32Array.from(predicted, (_, row) => row).sort((a, b) => predicted[a] - predicted[b]);
    for (let fifth = 0; fifth < 5; fifth++) {
      const part = order.subarray((fifth * rows) / 5, ((fifth + 1) * rows) / 5);
      const squares = (of: (row: number) => number) => part.reduce((sum, row) => sum + of(row) ** 2, 0);
      const shown = (row: number) =>
        show(predicted.subarray(row, row + 1), { close: null, symbol: 'A-USDT', scale }).prediction;
      const ratio = Math.sqrt(squares(shown) / squares((row) => Math.exp(came[row])));
      expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
    }
  });

  it('as a rank among all predictions and among those of its symbol', () => {
    const { show } = modelNamed('risk_scorer');
    // The middle one of the second symbol stands above all of the first.
    const { prediction, text } = show(Float64Array.of(-8 + Math.log(10) + 0.5), { close: 1, symbol: 'B-USDT', scale });
    expect(Math.abs(prediction - 75)).toBeLessThan(2);
    const own = Number(/, (\d+) among those of B-USDT/.exec(text)![1]);
    expect(Math.abs(own - 50)).toBeLessThan(3);
    expect(show(Float64Array.of(-8), { close: 1, symbol: 'NEW-USDT', scale }).text).not.toContain('among');
  });
});
