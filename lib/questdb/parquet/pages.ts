import { packedWords, runs, wordsOf } from './encodings.ts';
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
export async function readNumbers(
  file: FileBytes,
  column: Column,
  into: Float64Array,
  rank: Uint32Array | undefined,
): Promise<boolean> {
  let row = 0;
  for await (const { page } of pagesOf(file, column)) {
    const numbers = page && numbersOf(page, column.type);
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
export async function readWords(
  file: FileBytes,
  column: Column,
  rows: number,
): Promise<{ words: string[]; indexes: Uint16Array } | undefined> {
  const indexOf = new Map<string, number>();
  const known = (word: string) => {
    const index = indexOf.get(word) ?? indexOf.size;
    if (index === indexOf.size) indexOf.set(word, index);
    return index;
  };
  const indexes = new Uint16Array(rows);
  let row = 0;
  for await (const { page, dictionary } of pagesOf(file, column)) {
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
async function* pagesOf(
  file: FileBytes,
  { chunks, optional }: Column,
): AsyncGenerator<{ page: Page | undefined; dictionary: string[] | undefined }> {
  for (const chunk of chunks) {
    const bytes = await file.at(chunk.offset, chunk.bytes);
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
  const present = runs(levels, 1, values);
  return present.includes(0) ? present : undefined;
}

function numbersOf({ encoding, body }: Page, type: number): Float64Array | Int32Array | undefined {
  if (encoding !== encodings.plain) return undefined;
  if (type === physical.int64) {
    const integers = new BigInt64Array(aligned(body, 8));
    return Float64Array.from(integers, Number);
  }
  if (type === physical.double) return new Float64Array(aligned(body, 8));
  return type === physical.int32 ? new Int32Array(aligned(body, 4)) : undefined;
}

/** Its bytes as memory of their own, which begins where a number may. */
function aligned(body: Buffer, size: number): ArrayBuffer {
  const length = body.length - (body.length % size);
  const copy = new ArrayBuffer(length);
  body.copy(new Uint8Array(copy), 0, 0, length);
  return copy;
}
