/** Rows `from` … `until − 1`, which are the symbols of one bar of time. */
export interface BarRows {
  from: number;
  until: number;
}

/**
 * The bars of rows that are ordered by time.
 * @param ts bar-open times, ascending, one a row
 */
export function barsOf(ts: Float64Array): BarRows[] {
  const bars: BarRows[] = [];
  for (let from = 0; from < ts.length; ) {
    let until = from + 1;
    while (until < ts.length && ts[until] === ts[from]) until++;
    bars.push({ from, until });
    from = until;
  }
  return bars;
}
