/** How Parquet packs numbers and words. Source: the Parquet format, Encodings. */

/** Words, each behind its length (PLAIN). */
export function wordsOf(body: Buffer, count: number): string[] {
  let at = 0;
  return Array.from({ length: count }, () => {
    const begin = at + 4;
    at = begin + body.readUInt32LE(at);
    return body.toString('utf8', begin, at);
  });
}

/** Words behind all of their lengths (DELTA_LENGTH_BYTE_ARRAY). */
export function packedWords(body: Buffer): string[] {
  const { values, end } = deltas(body);
  let at = end;
  return Array.from(values, (length) => {
    at += length;
    return body.toString('utf8', at - length, at);
  });
}

/** Numbers of a few bits each, in runs of equal ones and in packs of eight (RLE). */
export function runs(bytes: Buffer, width: number, count: number): Uint16Array {
  const values = new Uint16Array(count);
  for (let at = 0, done = 0; done < count; ) {
    const head = varint(bytes, at);
    at = head.end;
    const length = Math.floor(head.value / 2);
    if (head.value % 2 === 1) {
      for (let i = 0; i < length * 8 && done < count; i++) values[done++] = bits(bytes, at, i * width, width);
      at += length * width;
    } else {
      const value = width === 0 ? 0 : width <= 8 ? bytes[at] : bytes.readUInt16LE(at);
      at += Math.ceil(width / 8);
      values.fill(value, done, Math.min(count, done + length));
      done += length;
    }
  }
  return values;
}

/** Integers as their differences, in blocks that say what all of these have in common (DELTA_BINARY_PACKED). */
function deltas(bytes: Buffer): { values: Int32Array; end: number } {
  let at = 0;
  const next = () => {
    const { value, end } = varint(bytes, at);
    at = end;
    return value;
  };
  const [blockSize, parts, count, first] = [next(), next(), next(), zigzag(next())];
  const values = new Int32Array(count);
  values[0] = first;
  for (let done = 1; done < count; ) {
    const least = zigzag(next());
    const widths = bytes.subarray(at, at + parts);
    at += parts;
    const size = blockSize / parts;
    for (let part = 0; part < parts && done < count; part++) {
      for (let i = 0; i < size && done < count; i++, done++)
        values[done] = values[done - 1] + least + bits(bytes, at, i * widths[part], widths[part]);
      at += (size * widths[part]) / 8;
    }
  }
  return { values, end: at };
}

/** `width` bits, at most 24, from so many bits behind a byte on. */
function bits(bytes: Buffer, at: number, bit: number, width: number): number {
  const from = at + (bit >> 3);
  const window =
    bytes[from] + ((bytes[from + 1] ?? 0) << 8) + ((bytes[from + 2] ?? 0) << 16) + (bytes[from + 3] ?? 0) * 2 ** 24;
  return Math.floor(window / 2 ** (bit & 7)) % 2 ** width;
}

/** An integer in groups of seven bits, and where it ends. @throws RangeError where the bytes end within it */
export function varint(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    if (at >= bytes.length) throw new RangeError('the bytes end within a number');
    const byte = bytes[at++];
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at };
  }
}

/** The signed integer that an unsigned one stands for. */
export function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
