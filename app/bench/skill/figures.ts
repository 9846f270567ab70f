import { type Figure, figure } from '#app/bench/report.ts';
import { column, type Frame } from '#lib/frame.ts';
import { modelNamed } from '#models/catalogue.ts';
import type { Evaluation } from '#models/evaluate.ts';
import { skillOf } from '#models/validation/metric_rows.ts';
import { meanOf } from '#models/validation/metrics.ts';

/** The figures of one model at one horizon, each named after both. */
export function skillFigures(evaluation: Evaluation, frame: Frame): Figure[] {
  const { model, horizon, winner, folds } = evaluation;
  const name = (of: string) => `${model}_${horizon}_${of}`;
  const pooled = winner.metrics.filter(
    ({ fold, split, symbol, regime }) => fold === -1 && split === 'test' && symbol === null && regime === null,
  );
  const value = (metric: string) => pooled.find((row) => row.metric === metric)?.value;
  const seconds = evaluation.candidates.reduce((sum, { fitSeconds }) => sum + fitSeconds, 0);
  const figures = [
    figure(name('skill'), winner.skill, 'share of loss', 'more'),
    figure(name('p'), winner.pValue, 'probability', 'less'),
  ];
  for (const beside of modelNamed(model).besides) {
    const row = pooled.find(({ metric }) => metric === `loss_vs_${beside.name}`);
    if (row)
      figures.push(
        figure(name('second_baseline_skill'), skillOf(row.baseline!, winner.baselineLoss), 'share of loss', 'more'),
      );
  }
  const more = { ic: 'correlation', ic_t: 't', break_even_bp: 'bp', coverage_90: 'share', coverage_50: 'share' };
  for (const [metric, unit] of Object.entries(more)) {
    const found = value(metric);
    if (found !== undefined) figures.push(figure(name(metric), found, unit, 'more'));
  }
  const bySymbol = winner.metrics.filter(({ metric, symbol }) => metric === 'coverage_90' && symbol !== null);
  if (bySymbol.length > 0)
    figures.push(
      figure(name('coverage_90_min'), Math.min(...bySymbol.map((row) => row.value)), 'share', 'more'),
      figure(name('coverage_90_max'), Math.max(...bySymbol.map((row) => row.value)), 'share', 'less'),
    );
  if (model === 'volatility_regressor') {
    const ratios = shownRatios(evaluation, column(frame, 'label_log_volatility').subarray(folds[0].test.from));
    figures.push(
      figure(name('shown_ratio_min'), Math.min(...ratios), 'ratio', 'more'),
      figure(name('shown_ratio_max'), Math.max(...ratios), 'ratio', 'less'),
    );
  }
  return [...figures, figure(name('fit_s'), seconds, 's', 'less')];
}

/** In each fifth of the predictions: the root mean square that was shown, by that which came. */
export function shownRatios({ winner, trained }: Pick<Evaluation, 'winner' | 'trained'>, came: Float64Array): number[] {
  const { predictions } = winner;
  const order = Uint32Array.from(predictions, (_, row) => row).sort((a, b) => predictions[a] - predictions[b]);
  const rms = (rows: Uint32Array, log: (row: number) => number) =>
    Math.sqrt(meanOf(Float64Array.from(rows, (row) => Math.exp(2 * log(row)))));
  return [0, 1, 2, 3, 4].map((fifth) => {
    const rows = order.subarray(Math.floor((fifth * order.length) / 5), Math.floor(((fifth + 1) * order.length) / 5));
    return (trained.scale!.rms * rms(rows, (row) => predictions[row])) / rms(rows, (row) => came[row]);
  });
}
