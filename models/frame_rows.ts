import type { Frame } from '#lib/frame.ts';

/** Columns with this prefix describe the future or serve a baseline; a model never sees them. */
const labelPrefix = 'label_';

/** The rows `from` … `until − 1` as views on the same memory; a frame is ordered by time, so this is a span of time. */
export function rowsBetween(frame: Frame, from: number, until: number): Frame {
  return {
    rows: until - from,
    ts: frame.ts.subarray(from, until),
    symbols: frame.symbols,
    symbolOf: frame.symbolOf.subarray(from, until),
    columns: new Map([...frame.columns].map(([name, values]) => [name, values.subarray(from, until)])),
  };
}

/** Names of the input columns, in the frame's order. */
export function featuresOf(frame: Frame): string[] {
  return [...frame.columns.keys()].filter((name) => !name.startsWith(labelPrefix));
}

/** Names of the label columns, in the frame's order. */
export function labelsOf(frame: Frame): string[] {
  return [...frame.columns.keys()].filter((name) => name.startsWith(labelPrefix));
}
