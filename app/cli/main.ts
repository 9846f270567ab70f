import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { reasonOf, UserError } from '#lib/errors.ts';
import { program } from './program.ts';

const developer = new URL('./developer.ts', import.meta.url);

/** Runs the command line. Ends with 0, or with 1 and one plain sentence on stderr. */
try {
  const more = existsSync(developer) ? (await import('./developer.ts')).developerCommands() : [];
  await program(more).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has printed its own sentence, or the help that was asked for.
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`tickforest: ${reasonOf(error)}\n`);
    if (!(error instanceof UserError) || process.env.TICKFOREST_LOG_LEVEL === 'debug') {
      process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
    }
    process.exitCode = 1;
  }
}
