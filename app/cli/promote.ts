import { Command } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, say } from '#app/terminal.ts';
import { promoteRun } from '#jobs/runs/promote.ts';
import { UserError } from '#lib/errors.ts';

export function promoteCommand(): Command {
  return new Command('promote')
    .description('make a run the champion of its model and horizon if it passes the promotion gate')
    .argument('<run>', 'id of the run, as report shows it')
    .option('--json', 'print one JSON document')
    .action(async (runId: string, { json }: { json?: boolean }) => {
      const decision = await withServices({}, ({ db, config }) => promoteRun(db, config.dataDir, runId));
      if (json) printJson(decision);
      if (!decision.passes)
        throw new UserError(`Run ${runId} of ${decision.model} was not promoted: ${decision.reasons.join('; ')}.`);
      if (!json)
        say(
          `Run ${runId} is the champion of ${decision.model}, ${decision.horizon} bars ahead: ${decision.reasons.join('; ')}.`,
          false,
        );
    });
}
