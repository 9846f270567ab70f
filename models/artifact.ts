import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UserError } from '#lib/errors.ts';
import type { OutOfFoldLosses } from './champion.ts';
import type { Importance } from './importance.ts';
import { loadTrained, saveTrained, type TrainedModel } from './trained.ts';

/**
 * An artifact is a directory: `model.json.gz` (the fitted model; of a forest in ml-random-forest's own JSON),
 * `metadata.json` (what it was trained on, and the model's digest), `metrics.json`, `importance.json` and
 * `out_of_fold.json` (the losses on rows not seen, which a later champion is compared by).
 */
export interface Artifact<Metadata> {
  metadata: Metadata & { model_digest: string };
  trained: TrainedModel;
}

/**
 * Writes an artifact. It is made under another name and renamed when it is whole, so that a reader never sees half of one;
 * one that is there already is left as it is, for the name of a run tells its content.
 * @returns the digest of the model
 */
export function writeArtifact(
  directory: string,
  trained: TrainedModel,
  metadata: object,
  extras: Record<string, unknown>,
): string {
  const model = gzipSync(JSON.stringify(saveTrained(trained)));
  const digest = digestOf(model);
  if (existsSync(join(directory, 'metadata.json'))) return readMetadata<object>(directory).model_digest;
  const incoming = `${directory}.${process.pid}.new`;
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true });
  writeFileSync(join(incoming, 'model.json.gz'), model);
  for (const [name, value] of Object.entries(extras))
    writeFileSync(join(incoming, `${name}.json`), `${JSON.stringify(value, null, 1)}\n`);
  writeFileSync(join(incoming, 'metadata.json'), `${JSON.stringify({ ...metadata, model_digest: digest }, null, 2)}\n`);
  renameSync(incoming, directory);
  return digest;
}

/** @throws UserError when there is no whole artifact */
export function readMetadata<Metadata>(directory: string): Metadata & { model_digest: string } {
  return JSON.parse(readPart(directory, 'metadata.json').toString()) as Metadata & { model_digest: string };
}

/** @throws UserError when the artifact is missing, or is not what its metadata says */
export function readArtifact<Metadata>(directory: string): Artifact<Metadata> {
  const metadata = readMetadata<Metadata>(directory);
  const model = readPart(directory, 'model.json.gz');
  if (digestOf(model) !== metadata.model_digest)
    throw new UserError(
      `The model in ${directory} is not the one its metadata speaks of.`,
      'Remove that directory and train again.',
    );
  return { metadata, trained: loadTrained(JSON.parse(gunzipSync(model).toString())) };
}

/** The run's losses on the rows of its frame that it had not seen. */
export function readOutOfFold(directory: string): OutOfFoldLosses {
  const { from, losses } = JSON.parse(readPart(directory, 'out_of_fold.json').toString()) as {
    from: number;
    losses: number[];
  };
  return { from, losses: Float64Array.from(losses) };
}

/** What the run's model rests on. */
export function readImportance(directory: string): Importance {
  return JSON.parse(readPart(directory, 'importance.json').toString()) as Importance;
}

function readPart(directory: string, name: string): Buffer {
  try {
    return readFileSync(join(directory, name));
  } catch (cause) {
    throw new UserError(
      `The artifact ${directory} has no readable ${name}.`,
      'Remove that directory and train again.',
      { cause },
    );
  }
}

function digestOf(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
