import type { QuestDb } from '#lib/questdb/database.ts';
import { modelNamed, modelNames } from '#models/catalogue.ts';
import { skillOf } from '#models/validation/metric_rows.ts';
import type { RowOf } from '#sql/rows.ts';
import type { Attempts } from './attempts.ts';
import { foldWarning } from './fold_warning.ts';
import type { RunSummary } from './run_summary.ts';

/** The newest run of a model and horizon as a report shows it: its loss beside the naive baseline's, on rows it had not seen. */
export interface ModelReport extends RunSummary {
  /** A figure that people know better than the loss, with the baseline's. */
  headline: { metric: string; value: number; baseline: number | null };
  /** Information coefficient and its t; null with fewer than five symbols. */
  ic: { mean: number; t: number } | null;
  /** Accuracies of plain rules, where the model names classes. */
  rules: Record<string, number>;
  /** Skill against the naive forecasts beside the baseline. */
  besides: Record<string, number>;
  simulated: boolean;
  excluded_share: number;
  symbols: string[];
  bars: number;
  window: { from: string; to: string };
  attempts: Attempts;
  /** Where the skill of the last fold is far below that of the first. */
  warning: string | null;
  created_at: string;
}

type ReportRow = RowOf<'runs/report'>;

/** The newest run of each model and horizon that have one, in the order of the catalogue. */
export async function readReport(
  db: QuestDb,
  venue: string,
  timeframe: string,
  shuffled = false,
): Promise<ModelReport[]> {
  const rows = await db.rows('runs/report', { venue, timeframe, shuffled });
  const run_ids = [...new Set(rows.map(({ run_id }) => run_id))];
  if (run_ids.length === 0) return [];
  const folds = await db.rows('runs/fold_skills', { run_ids });
  const attempts = await db.rows('runs/attempts', { run_ids });
  return modelNames.flatMap((name) => {
    const own = rows.filter((row) => row.model === name);
    return [...Map.groupBy(own, ({ run_id }) => run_id)].flatMap(([run_id, run]) => {
      // A run of when the model predicted something else has other figures, and its artifact is refused too: as if it were none.
      if (!run.some(({ metric }) => metric === modelNamed(name).headline)) return [];
      const skills = folds.filter((row) => row.run_id === run_id).map(({ skill }) => skill);
      return reportOf(name, run, skills, attempts.find((row) => row.run_id === run_id)!);
    });
  });
}

function reportOf(
  name: string,
  rows: ReportRow[],
  folds: readonly number[],
  { runs, candidates, trials }: Attempts,
): ModelReport {
  const definition = modelNamed(name);
  const figure = (metric: string): ReportRow => {
    const row = rows.find((each) => each.metric === metric);
    if (!row) throw new RangeError(`run ${rows[0].run_id} of ${name} has no metric ${metric}`);
    return row;
  };
  const [run] = rows;
  const loss = figure('loss');
  const headline = figure(definition.headline);
  const besides = definition.besides.flatMap((forecast): [string, number][] => {
    const row = rows.find(({ metric }) => metric === `loss_vs_${forecast.name}`);
    return row ? [[forecast.name, skillOf(row.value, row.baseline!)]] : [];
  });
  const optional = (metric: string) => rows.find((each) => each.metric === metric)?.value;
  const [skillWithout, pWithout] = ['skill_without_best_symbol', 'p_value_without_best_symbol'].map(optional);
  const coarse = optional('coarse_symbols');
  const [skillFine, pFine] = ['skill_without_coarse_ticks', 'p_value_without_coarse_ticks'].map(optional);
  const [ic, t, breakEven, cost] = ['ic', 'ic_t', 'break_even_bp', 'cost_bp'].map(optional);
  const rules = rows
    .filter((row) => row.metric.startsWith('accuracy_vs_'))
    .map((row): [string, number] => [row.metric.slice('accuracy_vs_'.length), row.baseline!]);
  return {
    name,
    horizon: run.horizon,
    run_id: run.run_id,
    engine: run.engine,
    metric: definition.loss.name,
    value: loss.value,
    baseline: loss.baseline!,
    skill: figure('skill').value,
    p_value: figure('p_value').value,
    without_best:
      skillWithout === undefined || pWithout === undefined ? null : { skill: skillWithout, p_value: pWithout },
    without_coarse: coarse === undefined ? null : { symbols: coarse, skill: skillFine ?? null, p_value: pFine ?? null },
    tradability: breakEven === undefined || cost === undefined ? null : { break_even_bp: breakEven, cost_bp: cost },
    ic: ic === undefined || t === undefined ? null : { mean: ic, t },
    headline: { metric: definition.headline, value: headline.value, baseline: headline.baseline },
    rules: Object.fromEntries(rules),
    besides: Object.fromEntries(besides),
    simulated: run.simulated,
    constant: run.constant,
    excluded_share: run.excluded_share,
    symbols: run.symbols.split(','),
    bars: run.bars,
    rows: run.rows,
    window: { from: run.window_from.toISOString(), to: run.window_to.toISOString() },
    attempts: { runs, candidates, trials },
    warning: foldWarning(figure('skill').value, folds),
    created_at: run.created_at.toISOString(),
    artifact: run.artifact,
  };
}
