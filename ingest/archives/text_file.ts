import { createReadStream, existsSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { crc32, createGunzip } from 'node:zlib';
import yauzl, { type Entry } from 'yauzl';
import { reasonOf, UserError } from '#lib/errors.ts';

/** @throws UserError when there is no such file */
export function mustExist(path: string): void {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}.`, 'Check the path.');
  if (!statSync(path).isFile()) throw new UserError(`${path} is no file.`, 'Name the files in it.');
}

/**
 * The text of a file, piece by piece: plain, gzipped (`.gz`), or the one file in a zip (`.zip`), whose checksum is verified.
 * @param onRead told the share of the file, 0 to 1, that has been read
 * @throws UserError when the file cannot be read to its end
 */
export async function* textOf(path: string, onRead: (share: number) => void = () => {}): AsyncGenerator<Buffer> {
  let [read, begun] = [0, 0];
  try {
    for await (const piece of piecesOf(path, onRead)) {
      const first = piece.indexOf(newline);
      const last = piece.lastIndexOf(newline);
      if (read + (first < 0 ? piece.length : first) - begun > longestLine) throw await tooLong(path, begun);
      if (last >= 0) begun = read + last + 1;
      read += piece.length;
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const reason = reasonOf(cause);
    if (/^(invalid relative path|absolute path|invalid characters in fileName)/.test(reason))
      throw new UserError(
        `${path} holds a file whose name leads out of the archive: ${reason}.`,
        'No such archive is read. Get it from where it is made, or unpack it by hand and look at what it holds.',
        { cause },
      );
    throw new UserError(`${path} could not be read to its end: ${reason}.`, 'Fetch the file again.', {
      cause,
    });
  }
}

const newline = 0x0a;

/** Longer lines are refused before they fill the memory: a recorded frame, the longest of all, has at most 4 MiB. */
const longestLine = 8 * 1_024 * 1_024;

async function tooLong(path: string, begun: number): Promise<UserError> {
  // Lines are counted only now: counting them while reading would slow every import down.
  let [line, left] = [1, begun];
  for await (const piece of piecesOf(path, () => {})) {
    const part = piece.subarray(0, left);
    for (let at = part.indexOf(newline); at >= 0; at = part.indexOf(newline, at + 1)) line++;
    left -= part.length;
    if (left <= 0) break;
  }
  return new UserError(
    `Line ${line} of ${path} has more than ${longestLine / 1_024 / 1_024} MiB.`,
    'Such a file is no table of lines: look at what it holds.',
  );
}

function piecesOf(path: string, onRead: (share: number) => void): AsyncGenerator<Buffer> {
  return path.endsWith('.zip') ? unzipped(path, onRead) : plain(path, onRead);
}

async function* plain(path: string, onRead: (share: number) => void): AsyncGenerator<Buffer> {
  const bytes = createReadStream(path, { highWaterMark: 1 << 20 });
  const { size } = statSync(path);
  // `pipeline` hands the errors of either on to whoever reads; its callback has nothing to add.
  const text = path.endsWith('.gz') ? pipeline(bytes, createGunzip({ chunkSize: 1 << 18 }), () => {}) : bytes;
  try {
    for await (const piece of text) {
      onRead(bytes.bytesRead / size);
      yield piece as Buffer;
    }
  } finally {
    bytes.destroy();
  }
}

async function* unzipped(path: string, onRead: (share: number) => void): AsyncGenerator<Buffer> {
  const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) if (!entry.fileName.endsWith('/')) entries.push(entry);
    const [entry] = entries;
    if (entries.length !== 1)
      throw new UserError(`${path} holds ${entries.length} files where one is expected.`, 'Unpack it and name them.');
    if (entry.isEncrypted()) throw new UserError(`${path} is encrypted.`, 'Decrypt it first.');
    let [sum, read] = [0, 0];
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      sum = crc32(piece as Buffer, sum);
      read += (piece as Buffer).length;
      onRead(read / entry.uncompressedSize);
      yield piece as Buffer;
    }
    if (sum !== entry.crc32) throw new Error('its checksum does not match');
  } finally {
    zip.close();
  }
}

/** Whole lines, as many as each piece of the file completes: a promise for each single line would take most of the time. */
export async function* linesOf(path: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of textOf(path)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/);
    rest = lines.pop()!;
    yield lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest];
}
