import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { constants, createGunzip } from 'node:zlib';
import { isFields } from '#ingest/normalise/fields.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { RecordingEntry } from './manifest.ts';

/** A frame of a recording, as a socket sent it. */
export interface RecordedFrame {
  /** When it was received, in milliseconds. */
  recv: number;
  /** Which connection; undefined in recordings that hold nothing but pushes. */
  socket: number | undefined;
  text: string;
  /** The JSON in `text`; undefined where it is none. */
  json: unknown;
}

export interface FrameFile {
  path: string;
  /** Lines, where the manifest says it. */
  rows: number | undefined;
  /** No later than its first receive time, in milliseconds. */
  from: number;
  /** Its recorder did not end it: what is whole of it counts. */
  cutOff: boolean;
}

/** The files of a recording by their first receive time: one, or those of a directory. */
export async function frameFiles(directory: string, entry: RecordingEntry): Promise<FrameFile[]> {
  const path = join(directory, entry.path);
  if (!entry.files) return [{ path, rows: entry.rows, from: 0, cutOff: false }];
  const rows = new Map(entry.files.map((file) => [file.name, file.rows]));
  const found = (await readdir(path)).filter((name) => name.endsWith('.jsonl.gz')).sort();
  const lacking = [...rows.keys()].filter((name) => !found.includes(name));
  if (lacking.length > 0) throw damaged(path, `it lacks ${lacking.join(', ')}`);
  return found.map((name) => ({
    ...{ path: join(path, name), rows: rows.get(name) },
    ...{ from: timeOf(name), cutOff: !rows.has(name) },
  }));
}

/** Frames of several files in the order of receive time, as far as each file is; read as they are asked for. */
export async function* framesOf(files: readonly FrameFile[], log: Logger): AsyncGenerator<RecordedFrame, void, void> {
  const open: { frames: AsyncGenerator<RecordedFrame>; next: RecordedFrame }[] = [];
  const waiting = [...files];
  try {
    while (open.length > 0 || waiting.length > 0) {
      // Files overlap only where a clock was set back or two recorders ran: as a rule one is open.
      while (waiting.length > 0 && (open.length === 0 || waiting[0].from <= open[0].next.recv)) {
        const frames = framesOfFile(waiting.shift()!, log);
        const first = await frames.next();
        if (!first.done) open.push({ frames, next: first.value });
        open.sort((a, b) => a.next.recv - b.next.recv);
      }
      const head = open[0];
      if (!head) continue;
      yield head.next;
      const { done, value } = await head.frames.next();
      if (done) open.shift();
      else head.next = value;
      if (open.length > 1) open.sort((a, b) => a.next.recv - b.next.recv);
    }
  } finally {
    for (const { frames } of open) await frames.return(undefined);
  }
}

async function* framesOfFile(file: FrameFile, log: Logger): AsyncGenerator<RecordedFrame, void, void> {
  const name = basename(file.path);
  let rows = 0;
  for await (const { line, whole } of linesOf(file)) {
    if (!whole && file.cutOff) {
      log.warn({ file: file.path, rows }, 'the recording was cut off: played as far as it is whole');
      return;
    }
    if (line === '') continue;
    rows += 1;
    const frame = parse(line, rows, name);
    if ('lost' in frame) log.warn({ file: file.path, row: rows, lost: frame.lost }, 'the recorder lost frames here');
    else yield frame;
  }
  if (file.rows !== undefined && file.rows !== rows) {
    throw damaged(name, `it has ${rows} frames where the manifest says ${file.rows}`);
  }
  log.debug({ file: file.path, rows }, 'file of the recording read');
}

/** Lines of a file, gzipped or not. The last one is not whole where no line break ends it. */
async function* linesOf({ path, cutOff }: FrameFile): AsyncGenerator<{ line: string; whole: boolean }, void, void> {
  const file = createReadStream(path);
  // Asked to flush at the end instead of to finish, zlib gives what a torn file holds instead of an error.
  const torn = cutOff ? { finishFlush: constants.Z_SYNC_FLUSH } : {};
  const stream = path.endsWith('.gz') ? file.pipe(createGunzip(torn)) : file;
  // `pipe` does not hand on errors of the file itself.
  if (stream !== file) file.on('error', (error) => stream.destroy(error));
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) yield { line, whole: true };
    }
  } catch (error) {
    throw damaged(basename(path), reasonOf(error));
  } finally {
    file.destroy();
  }
  if (rest !== '') yield { line: rest, whole: false };
}

/** How `record` writes a frame: the frame's text can be cut out as it was received. */
const head = /^\{"recv":[\d.]+(?:,"socket":\d+)?,"frame":/;

function parse(line: string, row: number, name: string): RecordedFrame | { lost: number } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw damaged(name, `line ${row}: ${reasonOf(error)}`);
  }
  if (!isFields(parsed) || typeof parsed.recv !== 'number') throw damaged(name, `line ${row} has no recv or no frame`);
  const { recv, frame, raw, lost } = parsed;
  const socket = typeof parsed.socket === 'number' ? parsed.socket : undefined;
  if (typeof lost === 'number') return { lost };
  if (typeof raw === 'string') return { recv, socket, text: raw, json: undefined };
  if (frame === undefined) throw damaged(name, `line ${row} has no recv or no frame`);
  const start = head.exec(line)?.[0].length;
  const text = start === undefined ? JSON.stringify(frame) : line.slice(start, line.lastIndexOf('}'));
  return { recv, socket, text, json: frame };
}

/** `2026-11-25T16-12-42-123Z.jsonl.gz` in milliseconds. */
function timeOf(name: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)/.exec(name);
  const time = match ? Date.parse(`${match[1]}:${match[2]}:${match[3]}.${match[4]}`) : Number.NaN;
  if (Number.isNaN(time))
    throw damaged(name, 'a name of this directory is a time such as 2026-11-25T16-12-42-123Z.jsonl.gz');
  return time;
}

export function damaged(name: string, why: string): UserError {
  return new UserError(`The recording ${name} is damaged: ${why}.`, 'Restore it from where it came.');
}
