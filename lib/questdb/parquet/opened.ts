import type { Frame } from '#lib/frame.ts';

/** What all columns of a frame have in common. */
export type Head = Pick<Frame, 'rows' | 'ts' | 'symbols' | 'symbolOf'> & { names: string[] };

/** A file that is open for reading. */
export interface Opened {
  head: Head;
  /** How many columns are read together. */
  atATime: number;
  /** Reads the columns in their order, each into what `into` gives for its index, and hands it to `done`. */
  columns(into: (index: number) => Float64Array, done?: (values: Float64Array) => void): Promise<void>;
}
