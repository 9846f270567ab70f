/** How raw columns become standardised ones; fitted on training rows only, and plain data. */
export interface Scaler {
  /** Whether a column enters as its natural logarithm. */
  log: boolean[];
  mean: number[];
  /** 1 / deviation; 0 for a column that is constant in training, which thereby never counts. */
  factor: number[];
  /** Standardised values are held within ± this many deviations, so that one freak bar cannot rule a sum. */
  clip: number;
}

interface Moments {
  mean: number;
  deviation: number;
  skewness: number;
}

/**
 * Mean and deviation of each column. A column that is positive throughout enters as its logarithm where that is less
 * skewed: deviations, ranges and volumes are nearer to lognormal than to normal.
 */
export function fitScaler(columns: Float64Array[], clip: number): Scaler {
  const scaler: Scaler = { log: [], mean: [], factor: [], clip };
  for (const values of columns) {
    const plain = momentsOf(values);
    const positive = plain.deviation > 0 && values.every((value) => value > 0);
    const logged = positive ? momentsOf(values.map(Math.log)) : plain;
    const log = positive && Math.abs(logged.skewness) < Math.abs(plain.skewness);
    const { mean, deviation } = log ? logged : plain;
    scaler.log.push(log);
    scaler.mean.push(mean);
    scaler.factor.push(deviation > 0 ? 1 / deviation : 0);
  }
  return scaler;
}

function momentsOf(values: Float64Array): Moments {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let [squares, cubes, largest] = [0, 0, 0];
  for (const value of values) {
    const distance = value - mean;
    squares += distance * distance;
    cubes += distance * distance * distance;
    largest = Math.max(largest, Math.abs(value));
  }
  const deviation = Math.sqrt(squares / values.length);
  // What rounding leaves of a constant is not variation.
  if (deviation <= 1e-12 * largest) return { mean, deviation: 0, skewness: 0 };
  return { mean, deviation, skewness: cubes / values.length / deviation ** 3 };
}

/**
 * Calls `visit` with blocks of standardised rows: column-major, `rows` long each, an intercept column of ones last.
 * Blocks keep a pass over all columns within the cache and spare a second copy of the data.
 */
export function forEachBlock(
  columns: Float64Array[],
  scaler: Scaler,
  visit: (block: Float64Array[], start: number, rows: number) => void,
  blockRows = 512,
): void {
  const total = columns[0].length;
  const block = Array.from({ length: columns.length + 1 }, () => new Float64Array(blockRows));
  block[columns.length].fill(1);
  for (let start = 0; start < total; start += blockRows) {
    const rows = Math.min(blockRows, total - start);
    columns.forEach((values, c) => {
      standardise(block[c], values.subarray(start, start + rows), scaler, c);
    });
    visit(block, start, rows);
  }
}

/** Most numbers whose standardised form is kept from pass to pass: 128 MiB. */
const mostKept = 2 ** 24;

/** Calls `visit` with each block, as `forEachBlock` does. */
export type Blocks = (visit: (block: Float64Array[], start: number, rows: number) => void) => void;

/**
 * The blocks for passes without number. What is not too much is standardised once and kept: logarithms cost more than
 * all else that a pass does.
 */
export function blocksOf(columns: Float64Array[], scaler: Scaler, most = mostKept): Blocks {
  if ((columns.length + 1) * columns[0].length > most) return (visit) => forEachBlock(columns, scaler, visit);
  const kept: Parameters<Parameters<Blocks>[0]>[] = [];
  forEachBlock(columns, scaler, (block, start, rows) => {
    kept.push([block.map((values) => values.slice(0, rows)), start, rows]);
  });
  return (visit) => {
    for (const each of kept) visit(...each);
  };
}

function standardise(into: Float64Array, values: Float64Array, { log, mean, factor, clip }: Scaler, c: number): void {
  const [centre, scale] = [mean[c], factor[c]];
  if (scale === 0) {
    into.fill(0);
    return;
  }
  // After training a logged column may touch 0 or fall below; its logarithm then counts as the lowest there is.
  if (log[c]) for (let i = 0; i < values.length; i++) into[i] = (Math.log(Math.max(0, values[i])) - centre) * scale;
  else for (let i = 0; i < values.length; i++) into[i] = (values[i] - centre) * scale;
  for (let i = 0; i < values.length; i++) into[i] = Math.min(clip, Math.max(-clip, into[i]));
}
