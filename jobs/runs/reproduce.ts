import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { codeVersion } from '#jobs/train/code_version.ts';
import { artifactParts, fitRun } from '#jobs/train/fit_run.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { readImportance } from '#models/artifact.ts';
import type { Importance } from '#models/importance.ts';
import { packTrained, saveTrained } from '#models/trained.ts';
import { type RecordedRun, recordedFrame, recordedRun } from './recorded_run.ts';

/** One thing that a run left, beside what doing it again gives. Contents of files are told by their SHA-256. */
export interface Compared {
  what: string;
  recorded: string | number;
  refitted: string | number;
  equal: boolean;
}

export interface Reproduction {
  run_id: string;
  model: string;
  shuffled: boolean;
  /** Everything is the same, bit for bit. */
  reproduced: boolean;
  compared: Compared[];
  frame: { file: string; digest: string; rows: number };
  code_version: { recorded: string; refitted: string };
  seconds: number;
}

/**
 * Does a recorded run again, from the rows that were kept and what its metadata say, and compares the model and every
 * figure with what was stored. Writes nothing but a frame that was to be fetched again.
 * @throws UserError when the run, its artifact or its frame is missing or not what was recorded
 */
export async function reproduceRun(
  db: QuestDb,
  dataDir: string,
  runId: string,
  options: { refetch?: boolean; onProgress?: (done: number, total: number, what: string) => void } = {},
): Promise<Reproduction> {
  const started = performance.now();
  const { run, directory } = await recordedRun(db, dataDir, runId);
  const stored = storedParts(directory);
  const frame = await recordedFrame(db, dataDir, run, options.refetch ?? false);
  const evaluation = await fitRun(frame, run, familiesOf(readImportance(directory)), options.onProgress);
  const { winner, trained } = evaluation;
  const parts = artifactParts(evaluation);
  const compared = [
    ...figures(run, { ...winner, engine: winner.candidate.name }),
    content('model', stored.model, JSON.stringify(saveTrained(trained))),
    content('model, binary', stored.binary, packTrained(trained)),
    content('metrics', stored.metrics, asStored(parts.metrics)),
    content('losses out of fold', stored.out_of_fold, asStored(parts.out_of_fold)),
    content('importance', stored.importance, asStored(parts.importance)),
  ];
  return {
    run_id: runId,
    model: run.model,
    shuffled: run.shuffled,
    reproduced: compared.every(({ equal }) => equal),
    compared,
    frame: { file: run.frame.file, digest: run.frame.digest, rows: frame.rows },
    code_version: { recorded: run.code_version, refitted: codeVersion },
    seconds: (performance.now() - started) / 1000,
  };
}

interface Refitted {
  engine: string;
  loss: number;
  baselineLoss: number;
  skill: number;
  pValue: number;
}

function figures(run: RecordedRun, refitted: Refitted): Compared[] {
  const row = (what: string, recorded: string | number, now: string | number): Compared => {
    return { what, recorded, refitted: now, equal: recorded === now };
  };
  return [
    row('engine', run.engine, refitted.engine),
    row('loss', run.value, refitted.loss),
    row("baseline's loss", run.baseline, refitted.baselineLoss),
    row('skill', run.skill, refitted.skill),
    row('p-value', run.p_value, refitted.pValue),
  ];
}

function content(what: string, recorded: string | Uint8Array, refitted: string | Uint8Array): Compared {
  const [then, now] = [digestOf(recorded), digestOf(refitted)];
  return { what, recorded: then, refitted: now, equal: then === now };
}

/** The parts of the artifact as text that does not depend on how they were laid out or packed. */
function storedParts(directory: string) {
  const part = (name: string) => readFileSync(join(directory, name));
  const json = (name: string) => asStored(JSON.parse(part(`${name}.json`).toString()));
  try {
    return {
      model: gunzipSync(part('model.json.gz')).toString(),
      binary: part('model.bin'),
      metrics: json('metrics'),
      out_of_fold: json('out_of_fold'),
      importance: json('importance'),
    };
  } catch (cause) {
    throw new UserError(
      `The artifact ${directory} cannot be compared with: ${reasonOf(cause)}.`,
      'Remove that directory and train again.',
      { cause },
    );
  }
}

function asStored(part: unknown): string {
  return JSON.stringify(part);
}

/** The families that the run's features had, whatever they are now. */
function familiesOf({ families }: Importance): Map<string, string> {
  return new Map(Object.entries(families).flatMap(([family, { features }]) => features.map((name) => [name, family])));
}

function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
