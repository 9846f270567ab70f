import type { QuestDb } from '#lib/questdb/database.ts';
import type { RowOf } from '#sql/rows.ts';
import { type ModelImportance, readImportance } from './importance.ts';
import { type ModelReport, readReport } from './newest_runs.ts';

/** Everything that a page says of one run, which is the newest of its model and horizon. */
export interface RunReport {
  summary: ModelReport;
  facts: RunFacts;
  /** Of the winner, over all test rows. */
  pooled: Figure[];
  folds: Slice[];
  symbols: Slice[];
  regimes: Slice[];
  calibration: CalibrationBucket[];
  candidates: CandidateFigures[];
  /** Null for a run of before it was measured. */
  importance: ModelImportance | null;
}

export type RunFacts = Omit<RowOf<'runs/described'>, 'run_id' | 'engine'>;

export interface Figure {
  metric: string;
  value: number;
  baseline: number | null;
}

/** Skill of the winner on a part of the test rows. */
export interface Slice {
  name: string;
  skill: number;
  rows: number;
  /** Skill on the rows that the fold was fitted on; folds alone have it. */
  trained: number | null;
}

export type CalibrationBucket = Omit<RowOf<'runs/calibrations'>, 'run_id'>;

export interface CandidateFigures {
  /** The candidate's name: its engine, and what was done with it. */
  engine: string;
  loss: number;
  skill: number;
  p_value: number;
  p_value_uncorrected: number;
  /** Skill by fold, on the rows not seen. */
  folds: number[];
  winner: boolean;
}

type FigureRow = RowOf<'runs/figures'>;

/** The newest run of each model and horizon that have one, with all its figures, in the order of the catalogue. */
export async function readRunReports(db: QuestDb, venue: string, timeframe: string): Promise<RunReport[]> {
  const summaries = await readReport(db, venue, timeframe);
  if (summaries.length === 0) return [];
  const run_ids = summaries.map(({ run_id }) => run_id);
  const facts = await db.rows('runs/described', { run_ids });
  const figures = await db.rows('runs/figures', { run_ids });
  const buckets = await db.rows('runs/calibrations', { run_ids });
  const importances = await readImportance(db, venue, timeframe);
  return summaries.map((summary) => {
    const own = <T extends { run_id: string }>(rows: readonly T[]) =>
      rows.filter((row) => row.run_id === summary.run_id);
    const all = own(figures);
    const importance = importances.find(({ run_id }) => run_id === summary.run_id);
    return {
      summary,
      facts: own(facts)[0],
      ...figuresOf(all, summary.engine),
      calibration: own(buckets),
      candidates: [...new Set(all.map(({ engine }) => engine))].map((engine) =>
        candidateOf(all, engine, summary.engine),
      ),
      importance: importance && importance.features.length > 0 ? importance : null,
    };
  });
}

function figuresOf(rows: readonly FigureRow[], winner: string) {
  const own = rows.filter(({ engine }) => engine === winner);
  const test = own.filter(({ split }) => split === 'test');
  const pooled = test.filter(({ fold, symbol, regime }) => fold === -1 && symbol === null && regime === null);
  const foldOf = ({ fold }: FigureRow) => (fold >= 0 ? `fold ${fold + 1}` : null);
  const fitted = own.filter(({ split, metric }) => split === 'train' && metric === 'skill');
  const trained = new Map(fitted.map((row) => [foldOf(row), row.value]));
  return {
    pooled: pooled.map(({ metric, value, baseline }) => ({ metric, value, baseline })),
    folds: slicesBy(test, foldOf).map((slice) => ({ ...slice, trained: trained.get(slice.name) ?? null })),
    symbols: slicesBy(test, ({ symbol }) => symbol),
    regimes: slicesBy(test, ({ regime }) => regime?.replace('_', ' ') ?? null),
  };
}

/** Slices by a name that the other figures do not have, in the order of the rows. */
function slicesBy(rows: readonly FigureRow[], nameOf: (row: FigureRow) => string | null): Slice[] {
  const groups = Map.groupBy(rows, nameOf);
  return [...groups].flatMap(([name, own]) => {
    const value = (metric: string) => own.find((row) => row.metric === metric)?.value;
    const [skill, count] = [value('skill'), value('rows')];
    return name === null || skill === undefined || count === undefined
      ? []
      : [{ name, skill, rows: count, trained: null }];
  });
}

function candidateOf(rows: readonly FigureRow[], engine: string, winner: string): CandidateFigures {
  const figure = (metric: string): number => {
    const row = rows.find(
      (each) =>
        each.engine === engine &&
        each.metric === metric &&
        each.split === 'test' &&
        each.fold === -1 &&
        each.symbol === null &&
        each.regime === null,
    );
    if (!row) throw new RangeError(`the candidate ${engine} of run ${rows[0].run_id} has no metric ${metric}`);
    return row.value;
  };
  return {
    engine,
    loss: figure('loss'),
    skill: figure('skill'),
    p_value: figure('p_value'),
    p_value_uncorrected: figure('p_value_uncorrected'),
    folds: rows
      .filter((row) => row.engine === engine && row.metric === 'skill' && row.split === 'test' && row.fold >= 0)
      .map(({ value }) => value),
    winner: engine === winner,
  };
}
