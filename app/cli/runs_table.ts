import { printTable, short, thousands } from '#app/terminal.ts';

/** What a line about a run shows. */
export interface RunLine {
  name: string;
  engine: string;
  metric: string;
  value: number;
  baseline: number;
  skill: number;
  p_value: number;
  constant: boolean;
  rows: number;
}

/** Each model beside its naive baseline; what was found is said in words too. */
export function printRuns(runs: readonly RunLine[]): void {
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

function finding({ skill, p_value, constant }: RunLine): string {
  if (constant) return 'constant, no use';
  if (skill > 0 && p_value < 0.05) return 'beats its baseline';
  return 'no skill shown';
}
