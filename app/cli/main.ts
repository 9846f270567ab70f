import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { tellFailure } from './failure.ts';
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
    tellFailure(error);
    process.exitCode = 1;
  }
}
