import type { ModelDefinition } from './definition.ts';
import type { Parameters } from './engine.ts';
import { engineNamed, engineNames } from './engines.ts';

/** One configuration that is tried for a model. */
export interface Candidate {
  /** Tells the candidates of one evaluation apart. */
  name: string;
  engine: string;
  parameters: Parameters;
  /** Of each fold where these were chosen within its training part; `parameters` are then those for the whole window. */
  ofFolds?: readonly Parameters[];
}

/**
 * One candidate per engine, with the parameters that the model starts from.
 * @throws UserError for an engine that does not exist
 */
export function startingCandidates(definition: ModelDefinition, engines: string[] = engineNames): Candidate[] {
  return engines.map((engine) => ({
    name: engineNamed(engine).name,
    engine,
    parameters: definition.start[engine] ?? {},
  }));
}

/** The same configurations with a model of their own for each market regime. */
export function regimeCandidates(candidates: readonly Candidate[]): Candidate[] {
  return candidates.map(({ engine, parameters }) => {
    const name = engineNamed(`${engine}_by_regime`).name;
    return { name, engine: name, parameters };
  });
}

/** The engine whose models a model of each regime stands beside; undefined for any other engine. */
export function pooledEngine(engine: string): string | undefined {
  return engine.endsWith('_by_regime') ? engine.slice(0, -'_by_regime'.length) : undefined;
}
