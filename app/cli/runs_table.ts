import { type Finding, findingOf } from '#app/report/finding.ts';
import type { RunSummary } from '#app/report/run_summary.ts';
import { printTable, short, thousands } from '#app/terminal.ts';

const findings: Record<Finding, string> = {
  constant: 'constant, not useful',
  'no skill': 'no skill shown',
  'one symbol': 'by one symbol alone',
  'coarse ticks': 'by coarse ticks alone',
  'not tradable': 'significant, not tradable',
  skill: 'beats its baseline',
};

/** Each model and horizon beside its naive baseline; what was found is said in words too. */
export function printRuns(runs: readonly RunSummary[]): void {
  printTable(
    ['model', 'ahead', 'engine', 'loss', 'value', 'baseline', 'skill', 'p', 'finding', 'rows'],
    runs.map((run) => [
      run.name,
      run.horizon,
      run.engine,
      run.metric,
      short(run.value),
      short(run.baseline),
      short(run.skill),
      short(run.p_value),
      findings[findingOf(run)],
      thousands(run.rows),
    ]),
  );
}
