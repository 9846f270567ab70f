import { short, signed, thousands } from '#app/numbers.ts';
import { modelNamed } from '#models/catalogue.ts';
import { type Bar, barChart } from './bar_chart.ts';
import { calibrationPlot } from './calibration_plot.ts';
import { html, type Markup } from './html.ts';
import type { RunReport, Slice } from './run_report.ts';
import { folded, table } from './tables.ts';

/** Features that are shown, the most important ones. */
export const shownFeatures = 20;

/** How the skill spreads, how well predictions mean what they say, and what they rest on. */
export function chartsOf(run: RunReport): Markup {
  return html`<div class="charts">
${skillCharts(run)}
${calibrationCharts(run)}
${importanceCharts(run)}
</div>`;
}

function skillCharts({ folds, symbols, regimes }: RunReport): Markup {
  return html`${skillChart('Skill by fold', 'Bars: rows not seen. Marks: the rows that the fold was fitted on.', folds)}
${skillChart('Skill by symbol', 'Of the rows not seen, all folds.', symbols)}
${skillChart('Skill by regime', 'Of the rows not seen, all folds.', regimes)}`;
}

function skillChart(caption: string, note: string, slices: readonly Slice[]): Markup {
  if (slices.length === 0) return html``;
  const bars = slices.map(({ name, skill, rows, trained }): Bar => {
    const fitted = trained === null ? '' : `, ${signed(trained)} on the rows fitted on`;
    return {
      name,
      value: skill,
      mark: trained,
      title: `${name}: skill ${signed(skill)} of ${thousands(rows)} rows${fitted}`,
    };
  });
  return figure(caption, note, barChart(bars, caption));
}

function calibrationCharts({ summary, calibration }: RunReport): Markup {
  const { classNames } = modelNamed(summary.name);
  const classes = [...Map.groupBy(calibration, (bucket) => bucket.class)].sort(
    ([a], [b]) => classNames.indexOf(a) - classNames.indexOf(b),
  );
  return html`${classes.map(([name, buckets]) => {
    const rows = buckets.map((each) => each.rows);
    const caption = name === 'value' ? 'Calibration' : `Calibration of “${name}”`;
    const note = `${buckets.length} buckets of ${counts(rows)} rows; on the dashed line predictions mean what they say.`;
    const numbers = table(
      ['bucket', 'predicted', 'came', 'rows'],
      buckets.map((each) => [each.bucket + 1, short(each.predicted), short(each.observed), thousands(each.rows)]),
    );
    return figure(
      caption,
      note,
      html`${calibrationPlot(buckets, caption)}
${folded('The buckets', numbers)}`,
    );
  })}`;
}

function counts(rows: readonly number[]): string {
  const [least, most] = [Math.min(...rows), Math.max(...rows)];
  return least === most ? thousands(least) : `${thousands(least)} to ${thousands(most)}`;
}

function importanceCharts({ importance }: RunReport): Markup {
  if (importance === null)
    return html`<p class="note">What this run rests on was not measured: it is of an older version.</p>`;
  const bars = (rows: (typeof importance)['features'][number][] | (typeof importance)['families']) =>
    rows.map(
      (each): Bar => ({
        name: each.name,
        value: each.permutation,
        deviation: each.permutation_deviation,
        faint: each.carries_nothing,
        title: `${each.name}: skill lost ${signed(each.permutation)} ± ${short(each.permutation_deviation)}, gain ${short(each.gain)}`,
      }),
    );
  const note = 'Skill lost on rows not seen when shuffled; lines: deviation over the folds; grey: not above it.';
  return html`${figure(`The ${Math.min(shownFeatures, importance.features.length)} most important features`, note, barChart(bars(importance.features.slice(0, shownFeatures)), 'Importance of features'))}
${figure('Families of features, each as a whole', note, barChart(bars(importance.families), 'Importance of families'))}`;
}

function figure(caption: string, note: string, content: Markup): Markup {
  return html`<figure><figcaption><b>${caption}</b> <span>${note}</span></figcaption>
${content}
</figure>`;
}
