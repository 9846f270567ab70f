import { UserError } from '#lib/errors.ts';

/** Plain settings and flat arrays: all that a fitted model is. */
export interface Packed {
  /** What `JSON` gives back as it was. */
  header: unknown;
  arrays: Readonly<Record<string, FlatArray>>;
}

export type FlatArray = Uint16Array | Uint32Array | Int32Array | Float64Array;

const magic = Buffer.from('tickfrst');
const version = 1;
/** Magic, version and the header's length. */
const preamble = 16;
const alignment = 8;

const kinds = { u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array };
type Kind = keyof typeof kinds;

/** The header as it stands in the file: where each array lies, in bytes from the first of them, and how long it is. */
interface Contents {
  arrays: { name: string; kind: Kind; offset: number; length: number }[];
  header: unknown;
}

/**
 * One little-endian file: the magic, a version and the length of what follows (both 32 bits), a JSON header that lists
 * the arrays, filled up with spaces, then the arrays, each from a multiple of 8 bytes on.
 */
export function writePacked({ header, arrays }: Packed): Uint8Array<ArrayBuffer> {
  let end = 0;
  const listed = Object.entries(arrays).map(([name, values]) => {
    const offset = end;
    end = aligned(end + values.byteLength);
    return { name, kind: kindOf(values), offset, length: values.length };
  });
  const contents: Contents = { arrays: listed, header };
  const json = Buffer.from(JSON.stringify(contents));
  const body = aligned(preamble + json.length);
  const bytes = new Uint8Array(body + end);
  bytes.set(magic);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, version, true);
  view.setUint32(12, body - preamble, true);
  bytes.fill(0x20, preamble, body);
  bytes.set(json, preamble);
  for (const { name, offset } of listed) {
    const { buffer, byteOffset, byteLength } = arrays[name];
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), body + offset);
  }
  return bytes;
}

/**
 * What `writePacked` wrote. The arrays are views of `bytes`; only where those begin at no multiple of 8 are they copied.
 * Every machine that Node and QuestDB run on is little-endian, as the file is.
 * @throws UserError for another file, another version, or one that is cut short or damaged
 */
export function readPacked(bytes: Uint8Array): Packed {
  if (bytes.length < preamble || magic.compare(bytes, 0, magic.length) !== 0)
    throw new UserError('The file is no model of tickforest.', 'Train the model again.');
  const whole = bytes.byteOffset % alignment === 0 ? bytes : bytes.slice();
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  const found = view.getUint32(8, true);
  if (found !== version)
    throw new UserError(
      `The model file is of version ${found}, and this program reads version ${version}.`,
      'Train the model again.',
    );
  const body = preamble + view.getUint32(12, true);
  const { header, arrays } = contentsOf(whole, body);
  const last = arrays.at(-1);
  const size = body + (last ? aligned(last.offset + last.length * kinds[last.kind].BYTES_PER_ELEMENT) : 0);
  if (whole.length !== size) throw damaged(`it has ${whole.length} bytes of ${size}`);
  return {
    header,
    arrays: Object.fromEntries(
      arrays.map(({ name, kind, offset, length }) => [
        name,
        new kinds[kind](whole.buffer as ArrayBuffer, whole.byteOffset + body + offset, length),
      ]),
    ),
  };
}

/** @throws UserError unless the arrays lie one after the other */
function contentsOf(bytes: Uint8Array, body: number): Contents {
  if (bytes.length < body || body % alignment !== 0) throw damaged('its header is cut short');
  let contents: Partial<Contents> | null;
  try {
    contents = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + preamble, body - preamble).toString());
  } catch (cause) {
    throw damaged('its header is not JSON', cause);
  }
  const arrays = contents?.arrays;
  let end = 0;
  const whole =
    Array.isArray(arrays) &&
    arrays.every(({ kind, offset, length }) => {
      if (!Object.hasOwn(kinds, kind) || offset !== end || !Number.isInteger(length) || length < 0) return false;
      end = aligned(offset + length * kinds[kind].BYTES_PER_ELEMENT);
      return true;
    });
  if (!whole) throw damaged('its header lists no arrays');
  return { arrays, header: contents?.header };
}

function damaged(how: string, cause?: unknown): UserError {
  return new UserError(`The model file is damaged: ${how}.`, 'Train the model again.', { cause });
}

function kindOf(values: FlatArray): Kind {
  if (values instanceof Float64Array) return 'f64';
  if (values instanceof Int32Array) return 'i32';
  return values instanceof Uint32Array ? 'u32' : 'u16';
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
