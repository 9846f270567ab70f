import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf, UserError } from '#lib/errors.ts';

const fileSchema = z.object({
  name: z.string(),
  rows: z.number().int().nonnegative(),
  from: z.string(),
  to: z.string(),
});

/** Loose: whoever adds to a manifest keeps what it does not know. */
const entrySchema = z.looseObject({
  path: z.string(),
  kind: z.string(),
  venue: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  rows: z.number().int().nonnegative().optional(),
  /** ISO 8601. */
  from: z.string().optional(),
  to: z.string().optional(),
  contractValue: z.record(z.string(), z.string()).optional(),
  /** Of a directory that `record` writes: its files that were ended properly. */
  files: z.array(fileSchema).optional(),
});

const manifestSchema = z.object({ recordings: z.array(entrySchema) });

/** One recording: a file, or a directory of files of one kind, below the manifest's directory. */
export type RecordingEntry = z.infer<typeof entrySchema>;

/**
 * The recordings that a directory's `manifest.json` lists.
 * @throws UserError when the directory or its manifest is missing or wrong
 */
export async function readManifest(directory: string): Promise<RecordingEntry[]> {
  const path = join(directory, 'manifest.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UserError(
      `${directory} is no directory of recordings: ${reasonOf(cause)}.`,
      'Name a directory with a manifest.json, such as ./tickforest record writes.',
      { cause },
    );
  }
  try {
    return manifestSchema.parse(JSON.parse(text)).recordings;
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : reasonOf(cause);
    throw new UserError(`${path} is not a manifest of recordings: ${reason}.`, 'Mend it.', { cause });
  }
}
