import { UserError } from '#lib/errors.ts';
import type { Engine, FittedModel, Parameters } from '#models/engine.ts';
import type { FlatArray, Packed } from '#models/packed.ts';

interface Saved {
  format: 'tickforest-mean-1';
  /** By the name of the engine. */
  parts: Record<string, unknown>;
}

/**
 * An engine whose model says the mean of what models of other engines say (Bates and Granger, The Combination of Forecasts,
 * Operational Research Quarterly 20, 1969, with equal weights): a linear model and a forest err in different places.
 * @param name of the engine
 * @param engines of the parts; a parameter of one of them has its name before it, as `linear.ridge`
 */
export function meanOf(name: string, engines: readonly Engine[]): Engine {
  const named = (part: string) => {
    const engine = engines.find((each) => each.name === part);
    if (!engine) throw new RangeError(`${part} is no part of ${name}`);
    return engine;
  };
  const assemble = ({ parts }: Saved, load: (engine: Engine, fit: unknown) => FittedModel) =>
    model(
      name,
      Object.entries(parts).map(([part, fit]) => load(named(part), fit)),
    );
  return {
    name,
    async fit(columns, target, options) {
      const stray = Object.keys(options.parameters).find(
        (key) => !engines.some((each) => key.startsWith(`${each.name}.`)),
      );
      if (stray !== undefined)
        throw new UserError(
          `The engine ${name} has no parameter ${stray}.`,
          `Write the part before it, as ${engines[0].name}.${stray}.`,
        );
      const fitted: FittedModel[] = [];
      for (const [i, engine] of engines.entries()) {
        const parameters = partOf(options.parameters, engine.name);
        const known = options.known?.(engine.name, parameters);
        fitted.push(known ?? (await engine.fit(columns, target, { ...options, parameters, onProgress: undefined })));
        options.onProgress?.(i + 1, engines.length);
      }
      return model(name, fitted);
    },
    load: (json) => assemble(json as Saved, (engine, fit) => engine.load(fit)),
    unpack: ({ header, arrays }) =>
      assemble(header as Saved, (engine, fit) => engine.unpack({ header: fit, arrays: partOf(arrays, engine.name) })),
  };
}

/** Parameters of several engines as those of their mean. */
export function joined(parts: Readonly<Record<string, Parameters>>): Parameters {
  return Object.assign({}, ...Object.entries(parts).map(([name, part]) => prefixed(part, name)));
}

function prefixed<T>(values: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${name}.${key}`, value]));
}

function partOf<T>(values: Readonly<Record<string, T>>, name: string): Record<string, T> {
  const own = Object.entries(values).filter(([key]) => key.startsWith(`${name}.`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
}

function model(engine: string, parts: readonly FittedModel[]): FittedModel {
  const mean = (values: readonly Float64Array[]) =>
    values[0].map((_, i) => values.reduce((sum, each) => sum + each[i], 0) / values.length);
  return {
    engine,
    importance: mean(parts.map(({ importance }) => importance)),
    predict: (columns, of) => mean(parts.map((part) => part.predict(columns, of))),
    permuted(columns, groupOf, groups, source, of) {
      const each = parts.map((part) => part.permuted(columns, groupOf, groups, source, of));
      return Array.from({ length: groups }, (_, group) => mean(each.map((values) => values[group])));
    },
    toJSON: (): Saved => ({
      format: 'tickforest-mean-1',
      parts: Object.fromEntries(parts.map((part) => [part.engine, part.toJSON()])),
    }),
    pack: () => pack(parts),
  };
}

function pack(parts: readonly FittedModel[]): Packed {
  const packed = parts.map((part) => [part.engine, part.pack()] as const);
  const header: Saved = {
    format: 'tickforest-mean-1',
    parts: Object.fromEntries(packed.map(([name, part]) => [name, part.header])),
  };
  const arrays: Record<string, FlatArray> = Object.assign(
    {},
    ...packed.map(([name, part]) => prefixed(part.arrays, name)),
  );
  return { header, arrays };
}
