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
  try {
    yield* path.endsWith('.zip') ? unzipped(path, onRead) : plain(path, onRead);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${path} could not be read to its end: ${reasonOf(cause)}.`, 'Fetch the file again.', {
      cause,
    });
  }
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
