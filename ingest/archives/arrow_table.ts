import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import {
  CompressionType,
  compressionRegistry,
  DataType,
  Precision,
  type RecordBatch,
  RecordBatchReader,
  TimeUnit,
  type Vector,
} from 'apache-arrow';
import { decompressFrameSync } from 'lz4-napi';
import { reasonOf, UserError } from '#lib/errors.ts';
import { unitSeparator } from './sqlite_pages.ts';
import type { Table } from './table.ts';
import { timeOfText } from './time_reading.ts';

// Copied, so that its bytes are aligned.
compressionRegistry.set(CompressionType.LZ4_FRAME, {
  decode: (data) => new Uint8Array(decompressFrameSync(Buffer.from(data))),
});
compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => new Uint8Array(zstdDecompressSync(data)) });

const separator = String.fromCharCode(unitSeparator);
const units = {
  [TimeUnit.SECOND]: 's',
  [TimeUnit.MILLISECOND]: 'ms',
  [TimeUnit.MICROSECOND]: 'us',
  [TimeUnit.NANOSECOND]: 'ns',
} as const;

/**
 * A file of Arrow's IPC format, also known as Feather (version 2), compressed or not, of the file or the stream form. A
 * NaN means absent.
 * @throws UserError when it is no such file, or a column that is read holds neither numbers, texts, times nor truth values
 */
export async function arrowTable(path: string): Promise<Table> {
  const types = await reading(
    path,
    async (reader) => new Map(reader.schema.fields.map(({ name, type }) => [name, type])),
  );
  const header = [...types.keys()];
  const cell = (column: string) => `cells[${header.indexOf(column) + 1}]`;
  return {
    path,
    columns: header,
    text: (column) => `trimmed(${cell(column)})`,
    number: (column) => `number_of(${cell(column)})`,
    time(column, options) {
      const type: DataType = types.get(column)!;
      return timeOfText(`trimmed(${cell(column)})`, DataType.isTimestamp(type) ? { unit: units[type.unit] } : options);
    },
    identity: null,
    async *parts(used, scratch, from, bytes) {
      for (const column of used) refuseType(path, column, types.get(column)!);
      const handle = await opened(path);
      let [end, number, size] = [0, 0, 0];
      let lines: string[] = [];
      try {
        const reader = await readerOf(path, handle);
        const total = reader.isFile() ? reader.numRecordBatches : undefined;
        const part = async () => {
          const file = join(scratch, `arrow-${number++ % 2}`);
          await writeFile(file, lines.join('\n'));
          const rows = lines.length;
          [lines, size] = [[], 0];
          return {
            ...{ lines: { file, delimiter: unitSeparator }, end, rows, share: end / (total ?? end + 1) },
            relation: { from: 'cells', raw: `replace(line, chr(${unitSeparator}), ',')` },
          };
        };
        for await (const batch of batchesOf(path, reader)) {
          if (end++ < from) continue;
          for (const line of linesOf(batch, header, used)) {
            lines.push(line);
            size += line.length;
          }
          if (size >= bytes) yield await part();
        }
        if (lines.length > 0) yield await part();
      } finally {
        await handle.close();
      }
    },
  };
}

/** A line has as many cells as there are columns; those that nobody reads are empty. */
function* linesOf(batch: RecordBatch, header: readonly string[], used: readonly string[]): Generator<string> {
  const cells = header.map((name) => (used.includes(name) ? cellsOf(batch.getChild(name)!) : () => ''));
  for (let row = 0; row < batch.numRows; row++) yield cells.map((cell) => cell(row)).join(separator);
}

/** Reads the cells of a column as text. What the library itself makes of a time is a double in milliseconds. */
function cellsOf(column: Vector): (row: number) => string {
  const { type, nullCount } = column;
  const values = DataType.isTimestamp(type) || DataType.isInt(type) ? column.data[0].values : undefined;
  const single = DataType.isFloat(type) && type.precision === Precision.SINGLE;
  const textOf = (value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what separates the cells and lines here
    if (typeof value !== 'number') return String(value).replace(/[\r\n\u001f]/g, ' ');
    if (Number.isNaN(value)) return '';
    return single ? shortestFloat(value) : String(value);
  };
  return (row) => (nullCount > 0 && !column.isValid(row) ? '' : textOf(values ? values[row] : column.get(row)));
}

/** The shortest text that is this float of 32 bits: as a double it has digits that nobody wrote. */
function shortestFloat(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

function refuseType(path: string, column: string, type: DataType): void {
  const known = [
    DataType.isInt,
    DataType.isFloat,
    DataType.isUtf8,
    DataType.isLargeUtf8,
    DataType.isBool,
    DataType.isTimestamp,
  ];
  const plain = DataType.isDictionary(type) ? (type.dictionary as DataType) : type;
  if (known.some((is) => is(plain))) return;
  throw new UserError(
    `The column ${column} of ${path} is of type ${type}, which is not read.`,
    'Write it as numbers, text or timestamps.',
  );
}

type Reader = Awaited<ReturnType<typeof readerOf>>;

async function reading<Result>(path: string, read: (reader: Reader) => Promise<Result>): Promise<Result> {
  const handle = await opened(path);
  try {
    return await read(await readerOf(path, handle));
  } finally {
    await handle.close();
  }
}

async function readerOf(path: string, handle: FileHandle) {
  try {
    return await (await RecordBatchReader.from(handle)).open();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function* batchesOf(path: string, reader: Reader): AsyncGenerator<RecordBatch> {
  try {
    for await (const batch of reader) yield batch;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): UserError {
  return new UserError(
    `${path} could not be read as Arrow or Feather: ${reasonOf(cause)}.`,
    'Fetch or write it again.',
    { cause },
  );
}

const opened = (path: string) => open(path, 'r');
