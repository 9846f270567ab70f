import { expect, it } from 'vitest';
import { pricePredictor } from './price_predictor.ts';

const ln = (percent: number) => Math.log1p(percent / 100);
const row = Float64Array.of(ln(-0.21), ln(-0.1), 0, ln(0.1), ln(0.24), ln(0.012));
const of = { symbol: 'BTC-USDT', scale: null };

it('is shown as a change and a price, each with its interval of 90 %', () => {
  const shown = pricePredictor.show(row, { ...of, close: 106_575.6 });
  expect(shown.text).toBe('0.012 % (90 % between -0.210 % and 0.240 %), 106,588.4 (106,351.8 to 106,831.4)');
  expect(shown.prediction).toBe(row[5]);
  expect(shown.price).toBeCloseTo(106_575.6 * 1.00012, 6);
  expect(shown.probability).toBeNull();
});

it('is shown with seven digits of a small price, without a price where there is none, and never as −0', () => {
  const { text } = pricePredictor.show(row, { ...of, close: 0.00001234 });
  expect(text).toMatch(/, 0\.00001234148 \(0\.00001231409 to 0\.00001236962\)$/);
  const calm = pricePredictor.show(row.with(5, -1e-9), { ...of, close: null });
  expect(calm).toMatchObject({ price: null, text: '0.000 % (90 % between -0.210 % and 0.240 %)' });
});
