/** Plain loops over the last values of a series; each sum is made anew. NaN where the window is not full. */
type Series = readonly number[];

export function over(series: Series, count: number, measure: (window: number[]) => number): number[] {
  return series.map((_, i) => {
    const window = series.slice(Math.max(0, i - count + 1), i + 1);
    return window.length < count || window.some(Number.isNaN) ? Number.NaN : measure([...window]);
  });
}

export function meanOf(values: Series): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample standard deviation in two passes, with n - 1. Of equal values it is 0, whatever their mean was rounded to. */
export function deviationOf(values: Series): number {
  if (values.every((value) => value === values[0])) return 0;
  const mean = meanOf(values);
  let sum = 0;
  for (const value of values) sum += (value - mean) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

export function mean(series: Series, count: number): number[] {
  return over(series, count, meanOf);
}

export function deviation(series: Series, count: number): number[] {
  return over(series, count, deviationOf);
}

export function highest(series: Series, count: number): number[] {
  return over(series, count, (window) => Math.max(...window));
}

export function lowest(series: Series, count: number): number[] {
  return over(series, count, (window) => Math.min(...window));
}

/** Exponential average with alpha 2 / (period + 1), begun at the first value. */
export function exponential(series: Series, period: number): number[] {
  const alpha = 2 / (period + 1);
  let last = series[0];
  return series.map((value) => {
    last += alpha * (value - last);
    return last;
  });
}

/** The series some bars before. */
export function back(series: Series, bars: number): number[] {
  return series.map((_, i) => (i < bars ? Number.NaN : series[i - bars]));
}

/** One value a bar from the values of several series. */
export function zip(measure: (...values: number[]) => number, ...series: Series[]): number[] {
  return series[0].map((_, i) => measure(...series.map((values) => values[i])));
}
