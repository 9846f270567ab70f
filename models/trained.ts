import { UserError } from '#lib/errors.ts';
import { modelNamed } from './catalogue.ts';
import type { ModelDefinition } from './definition.ts';
import type { FittedModel, Parameters } from './engine.ts';
import { engineNamed } from './engines.ts';
import type { FeatureRange } from './feature_ranges.ts';
import { type FittedBaselines, loadBaselines, type SavedBaselines, saveBaselines } from './fitted_baselines.ts';
import { readPacked, writePacked } from './packed.ts';
import type { ShownScale } from './shown_scale.ts';

/** Part of the id of a run: a run of before does not stand in for one whose artifact can be used. */
export const artifactFormat = 'tickforest-model-5';

/** An artifact of another version. */
export class OtherFormatError extends UserError {
  constructor(format: string) {
    super(`The artifact's format is ${format} and not ${artifactFormat}.`, 'Train the model again.');
  }
}

/** A model ready to predict, with what it takes to use and to show its predictions. */
export interface TrainedModel {
  definition: ModelDefinition;
  fitted: FittedModel;
  parameters: Parameters;
  seed: number;
  /** Input columns in the order of the fit. */
  features: string[];
  horizon: number;
  barMicros: number;
  /** Bar-open times of the first and last bar that it was fitted on, microseconds. */
  from: number;
  until: number;
  /** null unless it is a model of one number. */
  scale: ShownScale | null;
  /** Where each of `features` lay in the rows that it was fitted on. */
  ranges: FeatureRange[];
  /** What it is to beat, fitted on the same rows. */
  baselines: FittedBaselines;
}

/** A trained model without its fit. */
interface Described extends Omit<TrainedModel, 'definition' | 'fitted' | 'baselines'> {
  format: typeof artifactFormat;
  model: string;
  /** What this is: the validated figures belong to the same configuration fitted on parts of the window. */
  fitted_on: 'the whole window';
  engine: string;
  baselines: SavedBaselines;
}

/** The model as plain data, which others can read too; `JSON.stringify` of it is the file. */
export function saveTrained(trained: TrainedModel): unknown {
  return { ...describe(trained), fit: trained.fitted.toJSON() };
}

/**
 * The model that `saveTrained` saved; it predicts what it did before, bit for bit.
 * @throws OtherFormatError when this is no artifact of this version
 */
export function loadTrained(json: unknown): TrainedModel {
  const { engine, fit, rest } = opened(json);
  return { ...rest, fitted: engineNamed(engine).load(fit) };
}

/** The model as one compact binary file. */
export function packTrained(trained: TrainedModel): Uint8Array<ArrayBuffer> {
  const { header, arrays } = trained.fitted.pack();
  return writePacked({ header: { ...describe(trained), fit: header }, arrays });
}

/**
 * The model that `packTrained` packed, on the memory of `bytes`; it predicts what it did before, bit for bit.
 * @throws UserError when this is no model of this version (then an OtherFormatError), or not a whole one
 */
export function unpackTrained(bytes: Uint8Array): TrainedModel {
  const { header, arrays } = readPacked(bytes);
  const { engine, fit, rest } = opened(header);
  return { ...rest, fitted: engineNamed(engine).unpack({ header: fit, arrays }) };
}

function describe({ definition, fitted, baselines, ...rest }: TrainedModel): Described {
  return {
    format: artifactFormat,
    model: definition.name,
    fitted_on: 'the whole window',
    engine: fitted.engine,
    ...rest,
    baselines: saveBaselines(baselines),
  };
}

function opened(json: unknown) {
  const saved = json as Partial<Described> | null;
  if (saved?.format !== artifactFormat) {
    throw new OtherFormatError(String(saved?.format));
  }
  const { format: _format, model, fitted_on: _on, engine, fit, ...rest } = saved as Described & { fit: unknown };
  const definition = modelNamed(model);
  return { engine, fit, rest: { ...rest, definition, baselines: loadBaselines(definition, rest.baselines) } };
}
