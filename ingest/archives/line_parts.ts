import { writeFile } from 'node:fs/promises';
import { textOf } from './text_file.ts';

/** Some megabytes of whole lines, written to a file of their own. */
export interface LinePart {
  file: string;
  /** Where in the text of the whole file, unpacked, the part ends. */
  end: number;
  /** Share of the whole file that has been read, 0 to 1. */
  share: number;
  /** Lines in it that are not empty. */
  lines: number;
}

/** Text in one part: some hundred thousand rows, so that whatever is done with a part fits in memory several times. */
export const partBytes = 12 << 20;

/**
 * Cuts a file into parts of whole lines.
 * @param file the beginning of the names of files to write; the part before the last is overwritten, so it must be done with
 * @param from the `end` of the last part that need not be read again, or the length of the header
 * @throws UserError when the file cannot be read to its end; parts before that have been yielded
 */
export async function* lineParts(
  path: string,
  file: string,
  from = 0,
  bytes: number = partBytes,
): AsyncGenerator<LinePart> {
  let [share, skip, end] = [0, from, from];
  let pieces: Buffer[] = [];
  let [size, number] = [0, 0];
  const part = async (): Promise<LinePart> => {
    const text = Buffer.concat(pieces);
    const written = `${file}-${number++ % 2}`;
    end += text.length;
    await writeFile(written, text);
    return { file: written, end, share, lines: countLines(text) };
  };
  for await (let piece of textOf(path, (read) => {
    share = read;
  })) {
    if (skip >= piece.length) {
      skip -= piece.length;
      continue;
    }
    if (skip > 0) {
      piece = piece.subarray(skip);
      skip = 0;
    }
    const cut = piece.lastIndexOf(newline) + 1;
    if (size + piece.length < bytes || cut === 0) {
      pieces.push(piece);
      size += piece.length;
      continue;
    }
    pieces.push(piece.subarray(0, cut));
    yield await part();
    pieces = cut < piece.length ? [piece.subarray(cut)] : [];
    size = piece.length - cut;
  }
  if (size > 0) yield await part();
}

export interface FirstLine {
  /** Without its end. */
  text: string;
  /** With its end. */
  bytes: number;
}

/** The first lines of a file, as many as it has. */
export async function firstLines(path: string, count: number): Promise<FirstLine[]> {
  const lines: FirstLine[] = [];
  let rest = Buffer.alloc(0);
  for await (const piece of textOf(path)) {
    rest = Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(newline); end >= 0 && lines.length < count; end = rest.indexOf(newline)) {
      lines.push({ text: decoded(rest.subarray(0, end)), bytes: end + 1 });
      rest = rest.subarray(end + 1);
    }
    if (lines.length === count) return lines;
  }
  return rest.length === 0 ? lines : [...lines, { text: decoded(rest), bytes: rest.length }];
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Spreadsheets put a byte order mark before the first name. */
function decoded(line: Buffer): string {
  return line
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r$/, '');
}

function countLines(text: Buffer): number {
  let lines = 0;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf(newline, start);
    const end = found < 0 ? text.length : found;
    if (end > start && !(end === start + 1 && text[start] === carriageReturn)) lines++;
    start = end + 1;
  }
  return lines;
}
