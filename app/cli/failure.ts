import { reasonOf, UserError } from '#lib/errors.ts';

/** Says on stderr why a command has failed: one plain sentence, and the stack of what nobody has foreseen. */
export function tellFailure(error: unknown): void {
  process.stderr.write(`tickforest: ${reasonOf(error)}\n`);
  if (!(error instanceof UserError) || process.env.TICKFOREST_LOG_LEVEL === 'debug')
    process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
}
