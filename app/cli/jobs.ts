import { Argument, Command } from 'commander';
import { withServices } from '#app/context.ts';
import { printJson, printTable, say } from '#app/terminal.ts';
import { dropLeftoverJobs, droppable, type LeftoverJob, leftoverJobs } from '#jobs/queue/leftover_jobs.ts';
import { UserError } from '#lib/errors.ts';

export function jobsCommand(): Command {
  const command = new Command('jobs').description(
    'list or remove the jobs that a command which was cut off has left in the queues',
  );
  command.addCommand(listCommand(), { isDefault: true });
  command.addCommand(dropCommand());
  return command;
}

function listCommand(): Command {
  return new Command('list')
    .description('list them (the default)')
    .option('--json', 'print one JSON document')
    .action(async ({ json = false }: { json?: boolean }) => {
      const jobs = await withServices({}, ({ queues }) => leftoverJobs(queues));
      if (json) printJson({ jobs });
      else print(jobs);
    });
}

function print(jobs: LeftoverJob[]): void {
  if (jobs.length === 0) {
    say('No job was left by an earlier command.', false);
    return;
  }
  printTable(
    ['queue', 'job', 'since', 'state'],
    jobs.map(({ queue, name, since, state }) => [queue, name, since.toISOString(), state]),
  );
  if (jobs.some(({ served }) => !served))
    say('./tickforest up does them; ./tickforest jobs drop removes those of train and tune.', false);
}

function dropCommand(): Command {
  return new Command('drop')
    .description('remove them from the queues; what a running command or service has added stays')
    .addArgument(new Argument('[queues...]', 'queues to remove jobs from (default: both)').choices(droppable))
    .option('--json', 'print one JSON document')
    .action(async (names: (typeof droppable)[number][], { json = false }: { json?: boolean }) => {
      const { dropped, locked } = await withServices({}, ({ queues }) =>
        dropLeftoverJobs(queues, names.length > 0 ? names : droppable),
      );
      if (json) printJson({ dropped, locked });
      else say(`Removed ${dropped} jobs.`, false);
      if (locked > 0)
        throw new UserError(
          `${locked} jobs could not be removed: their worker has died and its lock has not run out.`,
          'Try again in half a minute.',
        );
    });
}
