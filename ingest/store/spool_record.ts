import { crc32 } from 'node:zlib';
import type { Micros } from '#lib/time.ts';

/** The head of a record: a line of text before its payload, itself a line. */
export interface RecordHead {
  /** Counts on through all segments of one process. */
  sequence: number;
  rows: number;
  from: Micros;
  to: Micros;
  /** Length of the payload in bytes, its line's end not counted. */
  bytes: number;
  crc: number;
}

const mark = 'tick-batch';
const doneMark = 'tick-done';

/** A batch as it lies in a segment. No payload can hold a line that begins like a head: JSON text has no bare line ends. */
export function recordOf(head: Omit<RecordHead, 'bytes' | 'crc'>, payload: string): { head: RecordHead; data: Buffer } {
  const body = Buffer.from(payload);
  const full = { ...head, bytes: body.length, crc: crc32(body) };
  const fields = [mark, full.sequence, full.rows, full.from, full.to, full.bytes, full.crc].join(' ');
  return { head: full, data: Buffer.concat([Buffer.from(`${fields} ${crc32(fields)}\n`), body, Buffer.from('\n')]) };
}

/** Says in the segment that a batch was acknowledged. */
export function doneOf(sequence: number): Buffer {
  const fields = `${doneMark} ${sequence}`;
  return Buffer.from(`${fields} ${crc32(fields)}\n`);
}

export type Found =
  | { type: 'batch'; head: RecordHead; offset: number }
  | { type: 'done'; sequence: number }
  /** Bytes that are nothing: a torn or damaged record. */
  | { type: 'damaged'; head: RecordHead | undefined; bytes: number };

/**
 * What lies in a segment, in order. A record whose payload does not match its checksum is damaged, with its head; after
 * bytes that are no head at all, reading goes on at the next line that is one.
 */
export function* scan(segment: Buffer): Generator<Found, void, void> {
  let at = 0;
  let lost = 0;
  while (at < segment.length) {
    const end = segment.indexOf(10, at);
    const line = end < 0 ? undefined : readHead(segment.toString('latin1', at, end));
    if (!line) {
      const next = end < 0 ? segment.length : end + 1;
      lost += next - at;
      at = next;
      continue;
    }
    if (lost > 0) yield { type: 'damaged', head: undefined, bytes: lost };
    lost = 0;
    at = end + 1;
    if (line.type === 'done') {
      yield line;
      continue;
    }
    const { head } = line;
    const payload = segment.subarray(at, at + head.bytes);
    if (payload.length === head.bytes && crc32(payload) === head.crc) {
      yield { type: 'batch', head, offset: at };
      at += head.bytes + 1;
    } else {
      // A length that can be trusted does not say that what follows is whole: the next head is looked for from here.
      yield { type: 'damaged', head, bytes: payload.length };
      const expected = at + head.bytes + 1;
      at = nextHead(segment, at - 1);
      // Where it is further away than this record is long, another one is lost between the two.
      lost = Math.max(0, at - expected);
    }
  }
  if (lost > 0) yield { type: 'damaged', head: undefined, bytes: lost };
}

function nextHead(segment: Buffer, from: number): number {
  const found = [segment.indexOf(`\n${mark} `, from), segment.indexOf(`\n${doneMark} `, from)].filter((at) => at >= 0);
  return found.length > 0 ? Math.min(...found) + 1 : segment.length;
}

function readHead(line: string): { type: 'batch'; head: RecordHead } | { type: 'done'; sequence: number } | undefined {
  const cut = line.lastIndexOf(' ');
  if (cut < 0 || Number(line.slice(cut + 1)) !== crc32(line.slice(0, cut))) return undefined;
  const [name, ...numbers] = line.slice(0, cut).split(' ');
  const [sequence, rows, from, to, bytes, crc] = numbers.map(Number);
  if (name === doneMark) return { type: 'done', sequence };
  return name === mark ? { type: 'batch', head: { sequence, rows, from, to, bytes, crc } } : undefined;
}
