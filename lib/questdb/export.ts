import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from './database.ts';
import { download } from './download.ts';
import { Refused } from './refused.ts';

/** What QuestDB writes an answer as. */
export const formats = {
  parquet: { fmt: 'parquet', compression_codec: 'lz4_raw' },
  csv: { fmt: 'csv' },
} as const;
export type Format = keyof typeof formats;

/**
 * Parquet whose values lie there as they are, for files that we read ourselves. QuestDB makes a group of rows in memory before
 * it sends it. With small groups it takes the same memory again and again, which has cost the most, and sends from the start.
 */
export const plainParquet = { fmt: 'parquet', compression_codec: 'uncompressed', row_group_size: '20000' } as const;
type Parameters = (typeof formats)[Format] | typeof plainParquet;

/** A file to write, and in which format. */
export interface OutputFile {
  path: string;
  format: Format;
}

/**
 * Writes the answer to a query into a file, which appears when it is whole.
 * @throws Refused when QuestDB does not take the query, UserError when it stays busy for a minute
 */
export async function exportQuery(
  db: QuestDb,
  query: string,
  file: string,
  format: Format | Parameters,
  signal?: AbortSignal,
): Promise<void> {
  const parameters = typeof format === 'string' ? formats[format] : format;
  mkdirSync(dirname(file), { recursive: true });
  const incoming = `${file}.new`;
  // Open before anything can fail: a stream that opens it by itself may do so after it was removed.
  const handle = await open(incoming, 'w');
  try {
    for await (const piece of answer(db, query, parameters, signal)) await handle.writeFile(piece);
    if (parameters.fmt === 'parquet') await requireParquet(incoming);
    // To rename over a file would have the file system write all of the new one to the disk first.
    rmSync(file, { force: true });
    renameSync(incoming, file);
  } finally {
    await handle.close();
    rmSync(incoming, { force: true });
  }
}

/**
 * Writes the answer to a query into a stream, as it comes, and ends the stream unless that is stdout. QuestDB allows two
 * exports of Parquet at a time and answers a third with 429, which is waited out.
 * @throws Refused when QuestDB does not take the query, UserError when it stays busy for a minute
 */
export async function exportTo(
  db: QuestDb,
  query: string,
  target: Writable,
  format: Format,
  signal?: AbortSignal,
): Promise<void> {
  const pieces = copies(answer(db, query, formats[format], signal));
  await pipeline(pieces, target, { signal, end: target !== process.stdout });
}

/** A stream may keep what it was given. */
async function* copies(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

/** The answer to a query piece by piece, of which each stands until the next one is asked for. */
async function* answer(
  db: QuestDb,
  query: string,
  parameters: Parameters,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const path = `/exp?${new URLSearchParams({ query, ...parameters })}`;
    const { status, pieces } = await download(db.address, path, signal);
    if (status === 200) {
      yield* pieces;
      return;
    }
    let said = '';
    for await (const piece of pieces) said += piece.toString();
    if (status === 400) throw refusal(said);
    if (status !== 429 || Date.now() > deadline)
      throw new UserError(`QuestDB could not export: ${status} ${said.slice(0, 300)}.`, 'Look at its log.');
    await sleep(100 + Math.random() * 200);
  }
}

function refusal(text: string): Refused {
  const { error, position } = JSON.parse(text) as { error: string; position?: number };
  return new Refused(error, position);
}

/** QuestDB reports some errors with status 200 and a JSON body. A Parquet file ends as it begins. */
async function requireParquet(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4));
    if (buffer.toString() === 'PAR1') return;
    const said = await file.read(Buffer.alloc(300), 0, 300, 0);
    throw new UserError(
      `QuestDB did not export Parquet: ${said.buffer.subarray(0, said.bytesRead).toString()}.`,
      'Is it version 9.3 or newer?',
    );
  } finally {
    await file.close();
  }
}
