/** Where values lie on a chart, and which round ones are marked. */
export interface Scale {
  /** Position of a value, in units of the drawing, to a tenth. */
  at(value: number): number;
  ticks: number[];
}

/** @param domain values at the ends; equal ones are moved apart. @param range their positions */
export function linearScale(domain: readonly [number, number], range: readonly [number, number], most = 5): Scale {
  const [low, high] = domain[0] < domain[1] ? domain : [domain[0] - 1, domain[1] + 1];
  const perUnit = (range[1] - range[0]) / (high - low);
  return {
    at: (value) => Math.round(10 * (range[0] + (value - low) * perUnit)) / 10,
    ticks: ticksBetween(low, high, most),
  };
}

/** The multiples of the smallest step of 1, 2 or 5 times a power of ten of which at most `most` lie within. */
function ticksBetween(low: number, high: number, most: number): number[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  for (const factor of [1, 2, 5, 10, 20]) {
    const [first, last] = [Math.ceil(low / (power * factor)), Math.floor(high / (power * factor))];
    if (last - first < most)
      // Rounded, for three times 0.1 would show digits that it does not have.
      return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * power * factor).toPrecision(12)));
  }
  return [low, high];
}
