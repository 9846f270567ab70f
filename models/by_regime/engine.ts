import { z } from 'zod';
import { UserError } from '#lib/errors.ts';
import { valuesAt } from '#lib/frame.ts';
import type { Engine, FitOptions, FittedModel, RowSymbols } from '#models/engine.ts';
import type { FlatArray, Packed } from '#models/packed.ts';
import { parseParameters } from '#models/parameters.ts';
import { regimeColumn, regimes } from './regimes.ts';
import { type Rows, rowsByRegime, scatter } from './rows.ts';

const ownSchema = z.strictObject({
  regimeRows: z.int().min(1).default(1_000).describe('training rows that a regime needs for a model of its own'),
});

/** Which column tells the regime of a row, and the model of each regime; null where it had too few rows. */
interface Parts {
  column: number;
  pooled: FittedModel;
  own: (FittedModel | null)[];
  /** Share of the training rows of each regime. */
  shares: number[];
}

interface Saved<Fit> {
  format: 'tickforest-by-regime-1';
  column: number;
  shares: number[];
  pooled: Fit;
  own: (Fit | null)[];
}

/**
 * An engine that fits one model to the rows of each market regime, and one to all rows for the regimes that have too few.
 * A row is predicted by the model of the regime that its own column tells, which is known at the close of its bar.
 * @param inner what fits the models; its parameters are taken besides `regimeRows`
 */
export function byRegime(inner: Engine): Engine {
  const name = `${inner.name}_by_regime`;
  const assemble = (
    { column, shares, pooled, own }: Saved<unknown>,
    load: (fit: unknown, part: string) => FittedModel,
  ) =>
    model(name, {
      column,
      shares,
      pooled: load(pooled, 'pooled'),
      own: own.map((fit, r) => (fit === null ? null : load(fit, regimes[r]))),
    });
  return {
    name,

    async fit(columns, target, options) {
      const at = options.features?.indexOf(regimeColumn) ?? -1;
      if (at === -1)
        throw new UserError(
          `A model of each regime needs the feature ${regimeColumn}, which the inputs lack.`,
          'Train without --per-regime.',
        );
      const { regimeRows, ...parameters } = options.parameters;
      const least = parseParameters(name, ownSchema, regimeRows === undefined ? {} : { regimeRows }).regimeRows;
      const fitTo = (rows: Rows | null) =>
        fitPart(inner, columns, target, { ...options, parameters, onProgress: undefined }, rows);
      const groups = rowsByRegime(columns[at]);
      const total = groups.length + 1;
      const pooled = await fitTo(null);
      options.onProgress?.(1, total);
      const own: (FittedModel | null)[] = [];
      for (const rows of groups) {
        own.push(rows.length >= least && varies(valuesAt(target, rows)) ? await fitTo(rows) : null);
        options.onProgress?.(own.length + 1, total);
      }
      return model(name, { column: at, pooled, own, shares: groups.map((rows) => rows.length / target.length) });
    },

    load: (json) => assemble(json as Saved<unknown>, (fit) => inner.load(fit)),
    unpack: ({ header, arrays }) =>
      assemble(header as Saved<unknown>, (fit, part) => inner.unpack({ header: fit, arrays: arraysOf(arrays, part) })),
  };
}

function fitPart(
  inner: Engine,
  columns: Float64Array[],
  target: Float64Array,
  options: FitOptions,
  rows: Rows | null,
): Promise<FittedModel> {
  if (rows === null) return inner.fit(columns, target, options);
  const weights = options.weights && valuesAt(options.weights, rows);
  const time = options.time && { ...options.time, ts: valuesAt(options.time.ts, rows) };
  return inner.fit(
    columns.map((values) => valuesAt(values, rows)),
    valuesAt(target, rows),
    { ...options, weights, time, of: symbolsAt(options.of, rows), known: undefined, outOfBag: false },
  );
}

function symbolsAt(of: RowSymbols | undefined, rows: Rows): RowSymbols | undefined {
  return of && { symbols: of.symbols, symbolOf: Uint16Array.from(rows, (row) => of.symbolOf[row]) };
}

function model(engine: string, parts: Parts): FittedModel {
  const { column, pooled, own, shares } = parts;
  const groupsOf = (regime: Float64Array) => {
    const groups = rowsByRegime(regime).map((rows, r) => ({ rows, by: own[r] ?? pooled }));
    return groups.filter(({ rows }) => rows.length > 0);
  };
  return {
    engine,
    importance: importanceOf(parts),
    predict(columns, symbols) {
      const rows = columns[column].length;
      const predicted = groupsOf(columns[column]).map(({ rows: of, by }) => ({
        rows: of,
        values: by.predict(
          columns.map((values) => valuesAt(values, of)),
          symbolsAt(symbols, of),
        ),
      }));
      return scatter(rows, predicted);
    },
    permuted(columns, groupOf, groups, source, symbols) {
      const rows = source.length;
      // Without the column of the regime, a row stays with its model; each model is given its rows, and the rows that these
      // take values from, behind them.
      const parts = groupsOf(columns[column]).map(({ rows: of, by }) => {
        const from = of.map((row) => source[row]);
        const both = columns.map((values) => {
          const joined = new Float64Array(2 * of.length);
          joined.set(valuesAt(values, of));
          joined.set(valuesAt(values, from), of.length);
          return joined;
        });
        const moved = Uint32Array.from({ length: 2 * of.length }, (_, i) => (i < of.length ? of.length + i : i));
        const twice = Uint32Array.from(moved, (_, i) => of[i % of.length]);
        return { rows: of, values: by.permuted(both, groupOf, groups, moved, symbolsAt(symbols, twice)) };
      });
      return Array.from({ length: groups }, (_, group) => {
        if (groupOf[column] === group)
          return this.predict(
            columns.map((values, c) => (groupOf[c] === group ? values.map((_v, row) => values[source[row]]) : values)),
            symbols,
          );
        return scatter(
          rows,
          parts.map(({ rows: of, values }) => ({
            rows: of,
            values: values[group].subarray(0, values[group].length / 2),
          })),
        );
      });
    },
    toJSON: (): Saved<unknown> => ({
      format: 'tickforest-by-regime-1',
      column,
      shares,
      pooled: pooled.toJSON(),
      own: own.map((each) => each?.toJSON() ?? null),
    }),
    pack: () => pack(parts),
  };
}

function pack({ column, pooled, own, shares }: Parts): Packed {
  const packed = [pooled, ...own].map((each) => each?.pack() ?? null);
  const [whole, ...each] = packed.map((part) => part?.header ?? null);
  const header: Saved<unknown> = { format: 'tickforest-by-regime-1', column, shares, pooled: whole, own: each };
  const arrays = packed.flatMap((part, i) =>
    Object.entries(part?.arrays ?? {}).map(([key, values]) => [
      `${i === 0 ? 'pooled' : regimes[i - 1]}.${key}`,
      values,
    ]),
  );
  return { header, arrays: Object.fromEntries(arrays) };
}

function arraysOf(arrays: Readonly<Record<string, FlatArray>>, part: string): Record<string, FlatArray> {
  const own = Object.entries(arrays).filter(([name]) => name.startsWith(`${part}.`));
  return Object.fromEntries(own.map(([name, values]) => [name.slice(part.length + 1), values]));
}

/** Each model's shares, as far as it was the one that the training rows would be predicted by. */
function importanceOf({ pooled, own, shares }: Parts): Float64Array {
  const sums = new Float64Array(pooled.importance.length);
  let told = 0;
  for (const [r, each] of own.entries()) {
    told += shares[r];
    (each ?? pooled).importance.forEach((share, i) => {
      sums[i] += shares[r] * share;
    });
  }
  pooled.importance.forEach((share, i) => {
    sums[i] += Math.max(0, 1 - told) * share;
  });
  const total = sums.reduce((sum, share) => sum + share, 0);
  return total === 0 ? sums : sums.map((share) => share / total);
}

function varies(values: Float64Array): boolean {
  return values.some((value) => value !== values[0]);
}
