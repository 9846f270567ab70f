import type { StoredRun } from '#jobs/train/run.ts';

/** A run in a line: its mean loss beside that of its naive baseline, on rows it had not seen. */
export interface RunSummary {
  name: string;
  /** Bars ahead. */
  horizon: number;
  engine: string;
  metric: string;
  value: number;
  baseline: number;
  skill: number;
  p_value: number;
  /** Without the symbol that carries most of the skill; null where there is one symbol. */
  without_best: { skill: number; p_value: number } | null;
  /** Without the symbols of coarse ticks; null where there are none. */
  without_coarse: { symbols: number; skill: number | null; p_value: number | null } | null;
  /** What a side may cost and what it does, in basis points; null where the model says no side, or always the same. */
  tradability: { break_even_bp: number; cost_bp: number } | null;
  constant: boolean;
  rows: number;
  artifact: string;
  run_id: string;
}

export function summaryOf({ model, horizon, engine, metric, window, ...run }: StoredRun): RunSummary {
  const { value, baseline, skill, p_value, without_best, without_coarse } = run;
  const { tradability, constant, artifact, run_id } = run;
  return {
    ...{ name: model, horizon, engine, metric, value, baseline, skill, p_value, without_best },
    ...{ without_coarse, tradability, constant },
    ...{ rows: window.rows, artifact, run_id },
  };
}
