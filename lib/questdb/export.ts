import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from './database.ts';

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
 * Writes the answer to a query into a file, which appears when it is whole. QuestDB allows two exports of Parquet at a
 * time and answers a third with 429, which is waited out.
 * @throws UserError when the query fails, or the server stays busy for a minute
 */
export async function exportQuery(db: QuestDb, query: string, file: string, format: Format): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const response = await db.http(`/exp?${new URLSearchParams({ query, ...formats[format] })}`);
    const body = Buffer.from(await response.arrayBuffer());
    if (response.ok) {
      // QuestDB reports some errors with status 200 and a JSON body.
      if (format === 'parquet' && body.subarray(0, 4).toString() !== 'PAR1')
        throw new UserError(
          `QuestDB did not export Parquet: ${body.subarray(0, 300).toString()}.`,
          'Is it version 9.3 or newer?',
        );
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, body);
      renameSync(`${file}.new`, file);
      return;
    }
    if (response.status !== 429 || Date.now() > deadline)
      throw new UserError(
        `QuestDB could not export a frame: ${response.status} ${body.subarray(0, 300).toString()}.`,
        'Look at its log.',
      );
    await sleep(100 + Math.random() * 200);
  }
}
