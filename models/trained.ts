import { UserError } from '#lib/errors.ts';
import { modelNamed } from './catalogue.ts';
import type { ModelDefinition } from './definition.ts';
import { engineNamed, type FittedModel, type Parameters } from './engine.ts';

const format = 'tickforest-model-1';

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
  /** Quantiles 0, 0.01, … 1 of the target in training. */
  quantiles: number[];
}

interface TrainedJson extends Omit<TrainedModel, 'definition' | 'fitted'> {
  format: typeof format;
  model: string;
  /** What this is: the validated figures belong to the same configuration fitted on parts of the window. */
  fitted_on: 'the whole window';
  engine: string;
  fit: unknown;
}

/** The artifact as plain data; `JSON.stringify` of it is the file. */
export function saveTrained({ definition, fitted, ...rest }: TrainedModel): unknown {
  const json: TrainedJson = {
    format,
    model: definition.name,
    fitted_on: 'the whole window',
    engine: fitted.engine,
    ...rest,
    fit: fitted.toJSON(),
  };
  return json;
}

/**
 * The model of an artifact; it predicts what it did before it was saved, bit for bit.
 * @throws UserError when this is no artifact of this version
 */
export function loadTrained(json: unknown): TrainedModel {
  const saved = json as Partial<TrainedJson> | null;
  if (saved?.format !== format) {
    throw new UserError(
      `The artifact's format is ${String(saved?.format)} and not ${format}.`,
      'Train the model again.',
    );
  }
  const { format: _format, model, fitted_on: _on, engine, fit, ...rest } = saved as TrainedJson;
  return { ...rest, definition: modelNamed(model), fitted: engineNamed(engine).load(fit) };
}
