import { join } from 'node:path';
import type { Config } from '#lib/config.ts';
import type { WriterOptions } from './writer.ts';

/** How ticks of this venue are written. The spool is the venue's own, so that what one feed left is sent by the same. */
export function writerOptions({ ingest, dataDir }: Config, venue: string): WriterOptions {
  const { flushMs, batchRows, queueRows, spoolMib, spoolSync } = ingest;
  const directory = join(dataDir, 'spool', venue);
  return { flushMs, batchRows, queueRows, spool: { directory, maxBytes: spoolMib * 2 ** 20, sync: spoolSync } };
}
