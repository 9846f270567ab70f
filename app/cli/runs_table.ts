import type { RunSummary } from '#app/report/run_summary.ts';
import { printTable, short, thousands } from '#app/terminal.ts';

/** Each model beside its naive baseline; what was found is said in words too. */
export function printRuns(runs: readonly RunSummary[]): void {
  printTable(
    ['model', 'engine', 'loss', 'value', 'baseline', 'skill', 'p', 'finding', 'rows'],
    runs.map((run) => [
      run.name,
      run.engine,
      run.metric,
      short(run.value),
      short(run.baseline),
      short(run.skill),
      short(run.p_value),
      finding(run),
      thousands(run.rows),
    ]),
  );
}

function finding({ constant, without_best, ...all }: RunSummary): string {
  if (constant) return 'constant, not useful';
  const hasSkill = ({ skill, p_value }: { skill: number; p_value: number }) => skill > 0 && p_value < 0.05;
  if (!hasSkill(all)) return 'no skill shown';
  return without_best && !hasSkill(without_best) ? 'by one symbol alone' : 'beats its baseline';
}
