import type { FileBytes } from './file_bytes.ts';
import { type Field, type Struct, ThriftReader } from './thrift.ts';

/** Where a column's values lie in the file. */
export interface Chunk {
  offset: number;
  bytes: number;
  values: number;
}

/** Physical types by their numbers in the format. */
export const physical = { int32: 1, int64: 2, double: 5, bytes: 6 } as const;

export interface Column {
  name: string;
  type: number;
  /** Whether values may be null. */
  optional: boolean;
  /** One of each group of rows, in their order. */
  chunks: Chunk[];
}

export interface Layout {
  rows: number;
  columns: Column[];
}

/**
 * What is where in a Parquet file whose columns are flat and not compressed.
 * Source: the Parquet format's parquet.thrift.
 * @returns undefined for any other file
 */
export function layoutOf(file: FileBytes): Layout | undefined {
  const { size } = file;
  const tail = file.at(Math.max(0, size - 8), Math.min(8, size));
  if (tail.length < 8 || tail.toString('latin1', 4) !== 'PAR1') return undefined;
  const length = tail.readUInt32LE(0);
  const footer = new ThriftReader(file.at(size - 8 - length, length)).struct();
  const [root, ...elements] = footer.get(2) as Struct[];
  if (elements.length !== root.get(5)) return undefined;
  const columns = elements.map((element) => ({
    name: String(element.get(4)),
    type: element.get(1) as number,
    optional: element.get(3) === 1,
    chunks: [] as Chunk[],
  }));
  for (const group of footer.get(4) as Struct[]) {
    for (const [i, chunk] of (group.get(1) as Struct[]).entries()) {
      const meta = chunk.get(3) as Struct;
      const [codec, values, bytes] = [4, 5, 7].map((field) => meta.get(field) as number);
      const isFlat = elements[i].get(3) !== 2 && values === group.get(3);
      if (codec !== 0 || !isFlat) return undefined;
      columns[i].chunks.push({ offset: startOf(meta), bytes, values });
    }
  }
  return { rows: footer.get(3) as number, columns };
}

/** The first page of a chunk is that of its dictionary, if it has one. */
function startOf(meta: Struct): number {
  const [data, dictionary] = [9, 11].map((field) => meta.get(field) as Field | undefined);
  return Math.min(data as number, (dictionary as number | undefined) || Number.POSITIVE_INFINITY);
}
