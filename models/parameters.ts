import type { z } from 'zod';
import { UserError } from '#lib/errors.ts';

/**
 * The settings of an engine, checked, with its defaults.
 * @throws UserError that names the setting and what is expected of it
 */
export function parseParameters<S extends z.ZodType>(engine: string, schema: S, parameters: unknown): z.infer<S> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue.path.join('.');
  throw new UserError(
    `The parameters of the engine ${engine} are wrong${name ? ` at ${name}` : ''}: ${issue.message}.`,
    'Mend or leave out that parameter.',
  );
}
