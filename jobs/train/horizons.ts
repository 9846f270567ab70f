import { type ModelName, modelNamed, modelNames } from '#models/catalogue.ts';

/** Which models are to be trained, and how many bars ahead they are to look. */
export interface HorizonRequest {
  /** Unset: all. */
  models?: readonly string[];
  /** Bars ahead, of every model; unset: each model's own horizons. */
  horizon?: number;
  /** Only the first of a model's own horizons, where time counts. */
  firstHorizon?: boolean;
}

/** What one run is of: labels, purge, comparison and champion belong to both. */
export interface ModelHorizon {
  model: ModelName;
  horizon: number;
}

/**
 * Each model with each of its horizons, in the order of the request and from the nearest horizon on.
 * @throws UserError when there is no such model
 */
export function modelHorizons({ models = modelNames, horizon, firstHorizon }: HorizonRequest): ModelHorizon[] {
  return models.flatMap((name) => {
    const { name: model, horizons } = modelNamed(name);
    const own = horizon !== undefined ? [horizon] : firstHorizon ? horizons.slice(0, 1) : horizons;
    return own.map((each) => ({ model, horizon: each }));
  });
}
