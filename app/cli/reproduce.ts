import { Command } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, printTable, progress, say, thousands } from '#app/terminal.ts';
import { type Reproduction, reproduceRun } from '#jobs/runs/reproduce.ts';
import { UserError } from '#lib/errors.ts';

export function reproduceCommand(): Command {
  return new Command('reproduce')
    .description('fit a run again from its stored frame and compare the model and every metric, bit for bit')
    .argument('<run>', 'id of the run, as report shows it')
    .option('--refetch', 'if the frame’s file is missing, query its rows again with the stored statement')
    .option('--json', 'print one JSON document')
    .action(async (runId: string, { refetch, json = false }: { refetch?: boolean; json?: boolean }) => {
      const outcome = await withServices({}, async ({ db, config }) => {
        const bar = progress('reproduce', 100);
        const onProgress = (done: number, total: number, what: string) => bar.update(done, total, what);
        try {
          return await reproduceRun(db, config.dataDir, runId, { refetch, onProgress });
        } finally {
          bar.end();
        }
      });
      if (json) printJson(outcome);
      else print(outcome);
      if (!outcome.reproduced) throw differenceOf(outcome);
    });
}

function print({ run_id, model, shuffled, compared, frame, seconds }: Reproduction): void {
  say(`${model}, run ${run_id}${shuffled ? ', labels shuffled' : ''}: ${thousands(frame.rows)} rows.`, false);
  printTable(
    ['', 'recorded', 'fitted again', ''],
    compared.map(({ what, recorded, refitted, equal }) => [
      what,
      brief(recorded),
      brief(refitted),
      equal ? 'the same' : 'DIFFERS',
    ]),
  );
  if (compared.every(({ equal }) => equal)) say(`Identical, bit for bit, in ${seconds.toFixed(1)} s.`, false);
}

/** Numbers to the last digit, digests by their beginning. */
function brief(value: string | number): string {
  return typeof value === 'string' && value.length > 16 ? `${value.slice(0, 16)}…` : String(value);
}

function differenceOf({ run_id, compared, code_version: { recorded, refitted } }: Reproduction): UserError {
  const what = compared.flatMap((each) => (each.equal ? [] : [each.what]));
  const message = `Run ${run_id} could not be reproduced: ${what.join(', ')} ${what.length === 1 ? 'differs' : 'differ'}.`;
  if (recorded !== refitted)
    return new UserError(
      message,
      `Version ${recorded} fitted it, and this is version ${refitted}. Use the same version.`,
    );
  return new UserError(
    message,
    'Its metadata or its model was changed afterwards. Train again and promote the new run.',
  );
}
