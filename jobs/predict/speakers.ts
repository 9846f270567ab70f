import { statSync } from 'node:fs';
import { join } from 'node:path';
import { requireCurrentFeatures } from '#jobs/train/feature_set.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Timeframe } from '#lib/timeframe.ts';
import { readArtifact } from '#models/artifact.ts';
import type { TrainedModel } from '#models/trained.ts';
import type { RowOf } from '#sql/rows.ts';

/** The run that answers for a model at a horizon. */
export type Speaker = RowOf<'runs/predicting'>;

/** Reading and checking an artifact takes longer than predicting with it, and it never changes. */
const loaded = new Map<string, { files: string; trained: TrainedModel }>();
const mostLoaded = 64;

/**
 * The model of a run.
 * @throws UserError when its artifact cannot be used, or when it was trained on features of another definition
 */
function loadSpeaker(dataDir: string, timeframe: Timeframe, speaker: Speaker): TrainedModel {
  const directory = join(dataDir, speaker.artifact);
  const files = stateOf(directory);
  const known = loaded.get(directory);
  if (known?.files === files) return known.trained;
  const { metadata, trained } = readArtifact<{ feature_set: string }>(directory);
  requireCurrentFeatures({ ...speaker, timeframe, feature_set: metadata.feature_set });
  if (loaded.size >= mostLoaded) loaded.delete(loaded.keys().next().value!);
  loaded.set(directory, { files, trained });
  return trained;
}

/** Changes when a file of the artifact does. */
function stateOf(directory: string): string {
  return ['metadata.json', 'model.bin']
    .map((name) => statSync(join(directory, name), { throwIfNoEntry: false }))
    .map((file) => `${file?.mtimeMs} ${file?.size}`)
    .join(' ');
}

/** The model of a run, or why it cannot be used. */
export function modelOf(
  dataDir: string,
  timeframe: Timeframe,
  speaker: Speaker,
): { trained: TrainedModel } | { unusable: string } {
  try {
    return { trained: loadSpeaker(dataDir, timeframe, speaker) };
  } catch (error) {
    return { unusable: reasonOf(error) };
  }
}
