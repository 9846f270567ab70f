import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Writable } from 'node:stream';
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
  format: Format,
  signal?: AbortSignal,
): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const incoming = `${file}.new`;
  // Open before anything can fail: a stream that opens it by itself may do so after it was removed.
  const handle = await open(incoming, 'w');
  try {
    await exportTo(db, query, handle.createWriteStream(), format, signal);
    if (format === 'parquet') await requireParquet(incoming);
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
  const deadline = Date.now() + 60_000;
  for (;;) {
    const response = await db.http(`/exp?${new URLSearchParams({ query, ...formats[format] })}`, { signal });
    if (response.ok && response.body) {
      await pipeline(Readable.fromWeb(response.body), target, { signal, end: target !== process.stdout });
      return;
    }
    const text = await response.text();
    if (response.status === 400) throw refusal(text);
    if (response.status !== 429 || Date.now() > deadline)
      throw new UserError(`QuestDB could not export: ${response.status} ${text.slice(0, 300)}.`, 'Look at its log.');
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
