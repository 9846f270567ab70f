import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UserError } from '#lib/errors.ts';
import type { OutOfFoldLosses } from './champion.ts';
import type { Importance } from './importance.ts';
import { loadTrained, packTrained, saveTrained, type TrainedModel, unpackTrained } from './trained.ts';

/**
 * An artifact is a directory: the fitted model twice, as `model.bin` (flat arrays, which are read in no time) and as
 * `model.json.gz` (for others; of a forest in ml-random-forest's own JSON), `metadata.json` (what it was trained on, and
 * the digests of both), `metrics.json`, `importance.json` and `out_of_fold.json` (the losses on rows not seen, which a
 * later champion is compared by).
 */
export interface Artifact<Metadata> {
  metadata: Metadata & Digests;
  trained: TrainedModel;
}

/** SHA-256 of `model.json.gz` and of `model.bin`. */
export interface Digests {
  model_digest: string;
  /** Absent from artifacts that were written before there was such a file. */
  binary_digest?: string;
}

export type ModelForm = 'binary' | 'json';

/**
 * Writes an artifact. It is made under another name and renamed when it is whole, so that a reader never sees half of one;
 * one that is there already is left as it is, for the name of a run tells its content.
 * @returns the digest of `model.json.gz`
 */
export function writeArtifact(
  directory: string,
  trained: TrainedModel,
  metadata: object,
  extras: Record<string, unknown>,
): string {
  if (existsSync(join(directory, 'metadata.json'))) return readMetadata<object>(directory).model_digest;
  const model = gzipSync(JSON.stringify(saveTrained(trained)));
  const binary = packTrained(trained);
  const digests: Digests = { model_digest: digestOf(model), binary_digest: digestOf(binary) };
  const incoming = `${directory}.${process.pid}.new`;
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true });
  writeFileSync(join(incoming, 'model.json.gz'), model);
  writeFileSync(join(incoming, 'model.bin'), binary);
  for (const [name, value] of Object.entries(extras))
    writeFileSync(join(incoming, `${name}.json`), `${JSON.stringify(value, null, 1)}\n`);
  writeFileSync(join(incoming, 'metadata.json'), `${JSON.stringify({ ...metadata, ...digests }, null, 2)}\n`);
  renameSync(incoming, directory);
  return digests.model_digest;
}

/** @throws UserError when there is no whole artifact */
export function readMetadata<Metadata>(directory: string): Metadata & Digests {
  return JSON.parse(readPart(directory, 'metadata.json').toString()) as Metadata & Digests;
}

/**
 * @param form which of the two files the model comes from: they predict the same, bit for bit. The binary one unless told.
 * @throws UserError when the artifact is missing, or is not what its metadata says
 */
export function readArtifact<Metadata>(directory: string, form?: ModelForm): Artifact<Metadata> {
  const metadata = readMetadata<Metadata>(directory);
  const { model_digest, binary_digest } = metadata;
  if ((form ?? (binary_digest ? 'binary' : 'json')) === 'binary')
    return { metadata, trained: unpackTrained(readModel(directory, 'model.bin', binary_digest)) };
  const json = gunzipSync(readModel(directory, 'model.json.gz', model_digest)).toString();
  return { metadata, trained: loadTrained(JSON.parse(json)) };
}

function readModel(directory: string, name: string, digest: string | undefined): Buffer {
  const model = readPart(directory, name);
  if (digestOf(model) === digest) return model;
  throw new UserError(
    `The ${name} in ${directory} is not the one its metadata speaks of.`,
    'Remove that directory and train again.',
  );
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

function digestOf(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
