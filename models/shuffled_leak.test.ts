import { expect, it } from 'vitest';
import { column, type Frame } from '#lib/frame.ts';
import { modelNamed } from './catalogue.ts';
import { evaluateModel } from './evaluate.ts';
import { plantedFrame } from './fixtures/planted_frame.ts';
import { createRandom } from './forest/random.ts';
import { shuffleLabels } from './shuffle_labels.ts';
import { judgeDraws } from './shuffled_draws.ts';

const model = modelNamed('momentum_classifier');
const linear = { name: 'linear', engine: 'linear', parameters: { ridge: 0.01 } };
const options = { horizon: 2, barMicros: 60e6, folds: 3, candidates: [linear] };
const frame = plantedFrame({ bars: 1_500, seed: 4, strength: 0 });
const draws = Array.from({ length: 6 }, (_, draw) => 1 + draw);

/** With a feature that knows the shuffled label: the class, and normal noise of this deviation. */
function leaking(shuffled: Frame, noise: number, seed: number): Frame {
  const random = createRandom(seed, 7);
  const normal = () => Array.from({ length: 12 }, () => random.next() / 2 ** 32).reduce((a, b) => a + b, -6);
  const columns = new Map(shuffled.columns);
  columns.set(
    'leak',
    column(shuffled, model.target).map((label) => label + noise * normal()),
  );
  return { ...shuffled, columns };
}

const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;

async function judged({ noise, chanceOnly }: { noise?: number; chanceOnly: boolean }) {
  const winners = [];
  for (const seed of draws) {
    const shuffled = shuffleLabels(frame, seed);
    const given = noise === undefined ? shuffled : leaking(shuffled, noise, seed);
    winners.push((await evaluateModel(model, given, { ...options, seed, chanceOnly })).winner);
  }
  return {
    loss: mean(winners.map(({ loss }) => loss)),
    baseline: mean(winners.map(({ baselineLoss }) => baselineLoss)),
    ...judgeDraws(winners.map(({ pValue }) => pValue)),
  };
}

it('a leak of half the advantage of the baseline shows in shuffled labels, and nothing does without one', async () => {
  const honest = await judged({ chanceOnly: true });
  const found = await judged({ noise: 1.75, chanceOnly: true });
  const unseen = await judged({ noise: 1.75, chanceOnly: false });
  // Both are against the class shares of the symbols: what the model's own baseline keeps, and what the leak lends.
  const advantage = 1 - unseen.baseline / found.baseline;
  const lent = 1 - found.loss / found.baseline;
  expect(advantage).toBeGreaterThan(0.15);
  expect(lent / advantage).toBeGreaterThan(0.4);
  expect(lent / advantage).toBeLessThan(0.6);
  expect(found).toMatchObject({ below: draws.length, leaks: true });
  expect(unseen).toMatchObject({ below: 0, leaks: false });
  expect(honest.below).toBeLessThanOrEqual(1);
  expect(honest.leaks).toBe(false);
});
