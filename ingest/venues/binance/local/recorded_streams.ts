import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { MarketFrame } from '#ingest/local_exchange/market.ts';
import type { RecordingEntry } from '#ingest/recordings/manifest.ts';
import { damaged, frameFiles, framesOf } from '#ingest/recordings/recorded_frames.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

/** One push of a combined stream, as text ready to send. `instId`: the venue's name, `BTCUSDT`. */
export interface StreamFrame extends MarketFrame {
  /** `btcusdt@trade`. */
  stream: string;
}

/**
 * The pushes of a recording in order. Two forms are read: what `record` writes, and text lines of receive time in
 * nanoseconds, a space and the frame. What the exchange answered to requests is passed over.
 */
export async function* streamFrames(
  directory: string,
  entry: RecordingEntry,
  log: Logger,
): AsyncGenerator<StreamFrame> {
  if (/\.txt(\.gz)?$/.test(entry.path)) yield* textFrames(directory, entry);
  else {
    for await (const { recv, text } of framesOf(await frameFiles(directory, entry), log)) {
      const frame = frameOf(recv, text);
      if (frame) yield frame;
    }
  }
}

async function* textFrames(directory: string, entry: RecordingEntry): AsyncGenerator<StreamFrame> {
  const path = join(directory, entry.path);
  const file = createReadStream(path);
  const stream = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // `pipe` does not hand on errors of the file itself.
  if (stream !== file) file.on('error', (error) => stream.destroy(error));
  let rows = 0;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (line === '') continue;
      rows += 1;
      const match = /^(\d{10,13})(\d{6}) /.exec(line);
      const frame = match && frameOf(Number(match[1]) + Number(match[2]) / 1e6, line.slice(match[0].length));
      if (!frame) throw damaged(entry.path, `line ${rows} is no receive time in nanoseconds and push of a stream`);
      yield frame;
    }
  } catch (error) {
    throw error instanceof UserError ? error : damaged(entry.path, reasonOf(error));
  } finally {
    file.destroy();
  }
  if (entry.rows !== undefined && entry.rows !== rows) {
    throw damaged(entry.path, `it has ${rows} frames where the manifest says ${entry.rows}`);
  }
}

/** The name stands first in every push, so the rest need not be read to send it. */
function frameOf(at: number, text: string): StreamFrame | null {
  const match = /^\{"stream":"([^"@]+)@(\w+)","data":\{.*\}\}\s*$/.exec(text);
  if (!match) return null;
  const [, instrument, channel] = match;
  const kind = channel === 'bookTicker' ? 'tickers' : 'trades';
  return { at, channel: kind, instId: instrument.toUpperCase(), stream: `${instrument}@${channel}`, text };
}
