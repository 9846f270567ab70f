import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from './database.ts';
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

/** Bytes that may wait for the disk: the server sends on meanwhile, and what waits is written at once. */
const waiting = 16 << 20;

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
    await send(db, query, handle.createWriteStream({ highWaterMark: waiting }), parameters, signal);
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
  await send(db, query, target, formats[format], signal);
}

async function send(
  db: QuestDb,
  query: string,
  target: Writable,
  parameters: Parameters,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const response = await db.download(`/exp?${new URLSearchParams({ query, ...parameters })}`, signal);
    if (response.statusCode === 200) {
      await pipeline(response, target, { signal, end: target !== process.stdout });
      return;
    }
    const said = await text(response);
    if (response.statusCode === 400) throw refusal(said);
    if (response.statusCode !== 429 || Date.now() > deadline)
      throw new UserError(
        `QuestDB could not export: ${response.statusCode} ${said.slice(0, 300)}.`,
        'Look at its log.',
      );
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
