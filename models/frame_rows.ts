import { type Frame, pick } from '#lib/frame.ts';

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

/** The labels of whole bars of time, taken evenly over the frame, of about `most` rows; of all where there are no more. */
export function labelsOfBars(frame: Frame, most: number): Frame {
  const step = Math.ceil(frame.rows / most);
  let [bar, last] = [-1, Number.NaN];
  const rows = Uint32Array.from({ length: frame.rows }, (_, row) => row).filter((row) => {
    if (frame.ts[row] !== last) bar++;
    last = frame.ts[row];
    return bar % step === 0;
  });
  const columns = new Map(labelsOf(frame).map((name) => [name, frame.columns.get(name)!]));
  return pick({ ...frame, columns }, rows);
}
