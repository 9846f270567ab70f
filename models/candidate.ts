import type { ModelDefinition } from './definition.ts';
import type { Parameters } from './engine.ts';
import { engineNamed } from './engines.ts';
import { type InputSet, inputsAmong } from './inputs.ts';
import { joined } from './mean/engine.ts';

/** One configuration that is tried for a model. */
export interface Candidate {
  /** Tells the candidates of one evaluation apart. */
  name: string;
  engine: string;
  /** The features that it sees; all unless told. */
  inputs?: InputSet;
  parameters: Parameters;
  /** Of each fold where these were chosen within its training part; `parameters` are then those for the whole window. */
  ofFolds?: readonly Parameters[];
}

/**
 * What is tried for a model: each of its engines on all features, and some of them on the short list.
 * @param features that there are; where none of the short list is among them, it is not tried
 * @param engines only these, unless left out
 * @throws UserError for an engine that does not exist
 */
export function startingCandidates(
  definition: ModelDefinition,
  features: readonly string[],
  engines?: readonly string[],
): Candidate[] {
  const of = (engine: string, inputs: InputSet): Candidate => ({
    name: inputs === 'all' ? engineNamed(engine).name : `${engineNamed(engine).name}_${inputs}`,
    engine,
    inputs,
    parameters: startOf(definition, engine),
  });
  const own = [...Object.keys(definition.start), ...(definition.mean ? ['linear_and_forest'] : [])];
  const tried = engines ?? own;
  const lean = inputsAmong(features, 'lean').length > 0 ? definition.lean : [];
  return [
    ...tried.map((engine) => of(engine, 'all')),
    ...lean.filter((engine) => tried.includes(engine)).map((engine) => of(engine, 'lean')),
  ];
}

function startOf({ start }: ModelDefinition, engine: string): Parameters {
  if (engine === 'linear_and_forest') return joined({ linear: start.linear ?? {}, forest: start.forest ?? {} });
  return start[engine] ?? {};
}

/** The same configurations with a model of their own for each market regime. */
export function regimeCandidates(candidates: readonly Candidate[]): Candidate[] {
  const pooled = candidates.filter(({ engine, inputs }) => inputs !== 'lean' && engine !== 'linear_and_forest');
  return pooled.map(({ engine, inputs, parameters }) => {
    const name = engineNamed(`${engine}_by_regime`).name;
    return { name, engine: name, inputs, parameters };
  });
}

/** The engine whose models a model of each regime stands beside; undefined for any other engine. */
export function pooledEngine(engine: string): string | undefined {
  return engine.endsWith('_by_regime') ? engine.slice(0, -'_by_regime'.length) : undefined;
}
