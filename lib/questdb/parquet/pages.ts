import { packedWords, runs, varint, wordsOf } from './encodings.ts';
import type { FileBytes } from './file_bytes.ts';
import { type Column, physical } from './layout.ts';
import { type Struct, ThriftReader } from './thrift.ts';

/** Kinds of pages and encodings by their numbers in the format. */
const kinds = { data: 0, dictionary: 2, dataV2: 3 };
const encodings = { plain: 0, deltaLength: 6 };

interface Page {
  encoding: number;
  /** How many values it has, nulls among them. */
  values: number;
  /** Of each value whether there is one; undefined where there are all. */
  present: Uint16Array | undefined;
  /** The values that there are. */
  body: Buffer;
}

/**
 * Reads a column of numbers into `into`, the value of the file's row i at the place `rank[i]`, or i without a rank. Null
 * becomes NaN.
 * @returns false where it is encoded in a way that QuestDB does not use; `into` is then of no use
 */
export function readNumbers(
  file: FileBytes,
  column: Column,
  into: Float64Array,
  rank: Uint32Array | undefined,
): boolean {
  let row = 0;
  for (const { page } of pagesOf(file, column)) {
    const numbers = page && numbersOf(page, column.type, file);
    if (!numbers) return false;
    const { present, values } = page;
    const placed = present ? withNulls(numbers, present) : numbers.subarray(0, values);
    if (!rank) into.set(placed, row);
    else for (let i = 0; i < values; i++) into[rank[row + i]] = placed[i];
    row += values;
  }
  return row === into.length;
}

/** NaN where there is no value. */
function withNulls(numbers: Float64Array | Int32Array, present: Uint16Array): Float64Array {
  const values = new Float64Array(present.length).fill(Number.NaN);
  for (let i = 0, k = 0; i < present.length; i++) if (present[i]) values[i] = numbers[k++];
  return values;
}

/**
 * Reads a column of words, of which there are few.
 * @returns of each row the index of its word, and the words; undefined where it is encoded in another way or has a null
 */
export function readWords(
  file: FileBytes,
  column: Column,
  rows: number,
): { words: string[]; indexes: Uint16Array } | undefined {
  const indexOf = new Map<string, number>();
  const known = (word: string) => {
    const index = indexOf.get(word) ?? indexOf.size;
    if (index === indexOf.size) indexOf.set(word, index);
    return index;
  };
  const indexes = new Uint16Array(rows);
  let row = 0;
  for (const { page, dictionary } of pagesOf(file, column)) {
    if (!page || page.present) return undefined;
    if (page.encoding === encodings.plain) indexes.set(wordsOf(page.body, page.values).map(known), row);
    else if (page.encoding === encodings.deltaLength) indexes.set(packedWords(page.body).map(known), row);
    else if (dictionary) {
      const words = dictionary.map(known);
      const coded = runs(page.body.subarray(1), page.body[0], page.values);
      for (let i = 0; i < page.values; i++) indexes[row + i] = words[coded[i]];
    } else return undefined;
    row += page.values;
  }
  return row === rows ? { words: [...indexOf.keys()], indexes } : undefined;
}

/** The pages of a column in their order, each with the words of its chunk; without a page where one is of another kind. */
function* pagesOf(
  file: FileBytes,
  { chunks, optional }: Column,
): Generator<{ page: Page | undefined; dictionary: string[] | undefined }> {
  for (const chunk of chunks) {
    const bytes = file.at(chunk.offset, chunk.bytes);
    let dictionary: string[] | undefined;
    for (let at = 0, seen = 0; seen < chunk.values; ) {
      const reader = new ThriftReader(bytes, at);
      const header = reader.struct();
      at = reader.at + (header.get(3) as number);
      const body = bytes.subarray(reader.at, at);
      if (header.get(1) === kinds.dictionary) {
        dictionary = wordsOf(body, (header.get(7) as Struct).get(1) as number);
        continue;
      }
      const page = dataPage(header, body, optional);
      yield { page, dictionary };
      if (!page) return;
      seen += page.values;
    }
  }
}

function dataPage(header: Struct, body: Buffer, optional: boolean): Page | undefined {
  if (header.get(1) === kinds.data) {
    const [values, encoding] = [1, 2].map((field) => (header.get(5) as Struct).get(field) as number);
    if (!optional) return { values, encoding, present: undefined, body };
    const levels = 4 + body.readUInt32LE(0);
    return { values, encoding, present: presence(body.subarray(4, levels), values), body: body.subarray(levels) };
  }
  if (header.get(1) !== kinds.dataV2) return undefined;
  const [values, , , encoding, levels] = [1, 2, 3, 4, 5].map((field) => (header.get(8) as Struct).get(field) as number);
  const present = optional ? presence(body.subarray(0, levels), values) : undefined;
  return { values, encoding, present, body: body.subarray(levels) };
}

function presence(levels: Buffer, values: number): Uint16Array | undefined {
  const run = varint(levels, 0);
  if (run.value === values * 2 && levels[run.end] === 1) return undefined;
  const present = runs(levels, 1, values);
  return present.includes(0) ? present : undefined;
}

/** The values of a page, which stand until the next one. */
function numbersOf({ encoding, body }: Page, type: number, file: FileBytes): Float64Array | Int32Array | undefined {
  if (encoding !== encodings.plain) return undefined;
  if (type === physical.int64)
    return integersOf(new Uint32Array(file.aligned(body), 0, Math.floor(body.length / 8) * 2));
  if (type === physical.double) return new Float64Array(file.aligned(body), 0, Math.floor(body.length / 8));
  return type === physical.int32 ? new Int32Array(file.aligned(body), 0, Math.floor(body.length / 4)) : undefined;
}

/** Integers of 64 bits from their lower and upper halves, as the nearest doubles. */
function integersOf(halves: Uint32Array): Float64Array {
  const values = new Float64Array(halves.length / 2);
  for (let i = 0; i < values.length; i++) values[i] = (halves[2 * i + 1] | 0) * 2 ** 32 + halves[2 * i];
  return values;
}
