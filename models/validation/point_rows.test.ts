import { expect, it } from 'vitest';
import { column } from '#lib/frame.ts';
import { random } from '#lib/random.ts';
import { modelNamed } from '#models/catalogue.ts';
import { plantedFrame } from '#models/fixtures/planted_frame.ts';
import { besidePoints } from '#models/quantile_rows.ts';
import { pointRows } from './point_rows.ts';

const frame = plantedFrame({ bars: 700, seed: 5, strength: 0 });
const context = { horizon: 2, barMicros: 60e6, seed: 1 };
const price = modelNamed('price_predictor');
/** Quantiles far off: they have no say in the point. */
const beside = (points: Float64Array) => besidePoints(new Float64Array(5 * points.length).fill(9), points);
const zero = beside(new Float64Array(frame.rows));
const returns = column(frame, 'label_log_return');

it('is small where the point knows something of what comes, and large where it is noise', () => {
  const { normal } = random(3, 1);
  const noise = returns.map(() => 0.0003 * normal());
  const pOf = (points: Float64Array) => pointRows(price, frame, beside(points), zero, context)[0].value;
  expect(pOf(returns.map((value, row) => 0.1 * value + 0.1 * noise[row]))).toBeLessThan(0.01);
  expect(pOf(noise)).toBeGreaterThan(0.1);
});

it('is a figure of models with quantiles alone', () => {
  const volatility = modelNamed('volatility_regressor');
  expect(pointRows(volatility, frame, returns, returns, context)).toEqual([]);
  expect(pointRows(price, frame, zero, zero, context)).toMatchObject([
    { metric: 'p_value_point', fold: -1, symbol: null },
  ]);
});
