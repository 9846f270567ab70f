import { UserError } from '#lib/errors.ts';
import { byRegime } from './by_regime/engine.ts';
import type { Engine } from './engine.ts';
import { forestEngine } from './forest/engine.ts';
import { gammaEngine } from './gamma/engine.ts';
import { intervalsEngine } from './intervals/engine.ts';
import { linearEngine } from './linear/engine.ts';
import { meanOf } from './mean/engine.ts';

const plain = [forestEngine, linearEngine];
/** For targets of one kind alone; a model that they suit names them in its `start`. */
const special = [gammaEngine, intervalsEngine];
const all = [...plain, ...special];
const mean = meanOf('linear_and_forest', [linearEngine, forestEngine]);
const engines = [...all, mean, ...all.map(byRegime)];

/** The engines for both kinds of task, numbers and classes. */
export const engineNames = plain.map((engine) => engine.name);

/** @throws UserError that lists the engines there are */
export function engineNamed(name: string): Engine {
  const engine = engines.find((each) => each.name === name);
  if (!engine)
    throw new UserError(`There is no engine ${name}.`, `Choose one of ${engines.map((each) => each.name).join(', ')}.`);
  return engine;
}
