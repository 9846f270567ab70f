import { quantileLevels } from '#models/losses.ts';

/** Share of rows whose return lay within its interval, bounds included. */
export interface Coverage {
  rows: number;
  fifty: number;
  ninety: number;
}

/**
 * How often the intervals of 50 and 90 % held what came: 0.5 and 0.9 where they are right.
 * @param quantiles n × 5 row-major, as predictIntervals gives them
 * @param returns n log returns
 * @returns of all rows, and of each symbol that has some
 */
export function coverageOf(
  quantiles: Float64Array,
  returns: Float64Array,
  symbolOf: Uint16Array,
  symbols: readonly string[],
): { all: Coverage; bySymbol: Record<string, Coverage> } {
  const width = quantileLevels.length;
  if (quantiles.length !== width * returns.length || symbolOf.length !== returns.length)
    throw new RangeError(`${returns.length} returns, ${quantiles.length} quantiles, ${symbolOf.length} symbols`);
  const whole = { rows: 0, fifty: 0, ninety: 0 };
  const ofSymbols = symbols.map(() => ({ ...whole }));
  for (const [row, value] of returns.entries()) {
    const within = (low: number, high: number) =>
      Number(quantiles[row * width + low] <= value && value <= quantiles[row * width + high]);
    for (const count of [whole, ofSymbols[symbolOf[row]]]) {
      count.rows++;
      count.fifty += within(1, 3);
      count.ninety += within(0, 4);
    }
  }
  const shares = ({ rows, fifty, ninety }: Coverage) => ({ rows, fifty: fifty / rows, ninety: ninety / rows });
  const listed = symbols.map((symbol, i) => [symbol, shares(ofSymbols[i])] as const);
  return { all: shares(whole), bySymbol: Object.fromEntries(listed.filter(([, { rows }]) => rows > 0)) };
}
