import { UserError } from '#lib/errors.ts';
import type { ModelDefinition } from '#models/definition.ts';
import type { Parameters } from '#models/engine.ts';
import { createRandom, type Random } from '#models/forest/random.ts';

/** How one parameter is drawn: evenly, or evenly in its logarithm. */
interface Dimension {
  from: number;
  to: number;
  scale: 'even' | 'log';
  whole: boolean;
}

const penalised = {
  ridge: { from: 1e-4, to: 30, scale: 'log', whole: false },
  clip: { from: 2.5, to: 6, scale: 'even', whole: false },
} as const;

/** What a search may draw, by engine. The number of trees is left as it is: more are never worse, only slower. */
const spaces: Readonly<Record<string, Readonly<Record<string, Dimension>>>> = {
  forest: {
    depth: { from: 3, to: 10, scale: 'even', whole: true },
    minLeaf: { from: 20, to: 1_000, scale: 'log', whole: true },
    featuresPerSplit: { from: 5, to: 80, scale: 'log', whole: true },
    sampleShare: { from: 0.25, to: 1, scale: 'even', whole: false },
  },
  linear: penalised,
  gamma: penalised,
  intervals: penalised,
};

export const tunableEngines = Object.keys(spaces);

/** The streams of trees begin at 0, those of shuffles at 2³¹. */
const firstStream = 3 * 2 ** 30;

/**
 * The parameters of one trial (random search: Bergstra and Bengio, JMLR 13, 2012). The first trial is what the model starts
 * from; the others depend on the seed and their number alone, so that a longer search contains the shorter one.
 * @throws UserError for an engine without a space to search
 */
export function trialParameters(definition: ModelDefinition, engine: string, seed: number, trial: number): Parameters {
  const space = spaces[engine];
  if (!space)
    throw new UserError(
      `There is nothing to search for the engine ${engine}.`,
      `Choose one of ${tunableEngines.join(', ')}.`,
    );
  const start = definition.start[engine] ?? {};
  if (trial === 0) return start;
  const random = createRandom(seed, firstStream + trial);
  const drawn = Object.entries(space).map(([name, dimension]) => [name, draw(dimension, random)]);
  return { ...start, ...Object.fromEntries(drawn) };
}

function draw({ from, to, scale, whole }: Dimension, random: Random): number {
  const share = random.next() / 2 ** 32;
  const value = scale === 'log' ? from * (to / from) ** share : from + share * (to - from);
  return whole ? Math.round(value) : Number(value.toPrecision(3));
}
