/** The head of an answer over HTTP/1.1. */
export interface HttpHead {
  status: number;
  /** By their names in lower case. */
  headers: ReadonlyMap<string, string>;
}

/** @param text what stands before the empty line */
export function headOf(text: string): HttpHead {
  const [first, ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.\d (\d{3})/.exec(first)?.[1];
  if (status === undefined) throw new Error(`this is no answer over HTTP: ${first.slice(0, 100)}`);
  const pairs = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(status), headers: new Map(pairs) };
}

/** Longer lines between chunks are none. */
const longestLine = 1_000;

/**
 * Takes the content out of a body that comes in chunks (RFC 9112, 7.1), or in one piece of known or unknown length. What
 * follows the content is ignored.
 */
export class HttpBody {
  readonly #isChunked: boolean;
  /** Bytes of the chunk, or of the whole, that have not come. */
  #left: number;
  /** As far as the line between two chunks has come. */
  #line = '';
  #isWhole = false;

  constructor({ headers }: HttpHead) {
    this.#isChunked = /chunked/i.test(headers.get('transfer-encoding') ?? '');
    const length = headers.get('content-length');
    this.#left = this.#isChunked ? 0 : length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    this.#isWhole = this.#left === 0 && !this.#isChunked;
  }

  /** Whether all of it has come. Without a length, that is when the connection ends. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Whether it may end where the connection does. */
  get mayEnd(): boolean {
    return this.#isWhole || this.#left === Number.POSITIVE_INFINITY;
  }

  /** The content of these bytes, which moves to their beginning. */
  content(bytes: Buffer): Buffer {
    let end = 0;
    for (let at = 0; at < bytes.length && !this.#isWhole; ) {
      if (this.#left === 0) {
        at = this.#readLine(bytes, at);
        continue;
      }
      const length = Math.min(this.#left, bytes.length - at);
      bytes.copy(bytes, end, at, at + length);
      [at, end, this.#left] = [at + length, end + length, this.#left - length];
      if (!this.#isChunked) this.#isWhole = this.#left === 0;
    }
    return bytes.subarray(0, end);
  }

  /** Reads on in the line before a chunk, which says its size. @returns where that line ends */
  #readLine(bytes: Buffer, at: number): number {
    const feed = bytes.indexOf('\n', at);
    const end = feed < 0 ? bytes.length : feed + 1;
    if (this.#line.length + end - at > longestLine) throw new Error('its chunks have no sizes');
    this.#line += bytes.toString('latin1', at, end);
    if (feed < 0) return end;
    const line = this.#line.trim();
    this.#line = '';
    // An empty one ends the chunk before.
    if (line === '') return end;
    const size = /^[0-9a-f]+/i.exec(line)?.[0];
    if (size === undefined) throw new Error(`this is no size of a chunk: ${line.slice(0, 100)}`);
    this.#left = Number.parseInt(size, 16);
    this.#isWhole = this.#left === 0;
    return end;
  }
}
