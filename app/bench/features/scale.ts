import { type Figure, figure } from '#app/bench/report.ts';

/** What was measured with so many symbols. */
export interface Measured {
  symbols: number;
  results: readonly Figure[];
}

/**
 * The figures of several sizes of a market side by side, each named by its number of symbols, and how their times grow: how
 * many times the cost of a symbol is that in the smallest market. 1 is linear, less is better than that.
 */
export function sideBySide(sizes: readonly Measured[]): Figure[] {
  const [least, ...larger] = sizes.toSorted((a, b) => a.symbols - b.symbols);
  const named = sizes.flatMap(({ symbols, results }) =>
    results.map((each) => ({ ...each, name: `${each.name}_${symbols}_symbols` })),
  );
  const growth = larger.flatMap(({ symbols, results }) =>
    results.flatMap(({ name, value, unit }) => {
      const before = least.results.find((each) => each.name === name && /^m?s$/.test(unit));
      if (!before) return [];
      const cost = value / symbols / (before.value / least.symbols);
      return [figure(`${name}_${symbols}_symbols_growth`, cost, 'per symbol', 'less')];
    }),
  );
  return [...named, ...growth];
}
