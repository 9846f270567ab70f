import type { ModelDefinition } from './definition.ts';
import { engineNamed, engineNames, type Parameters } from './engine.ts';

/** One configuration that is tried for a model. */
export interface Candidate {
  /** Tells the candidates of one evaluation apart. */
  name: string;
  engine: string;
  parameters: Parameters;
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
