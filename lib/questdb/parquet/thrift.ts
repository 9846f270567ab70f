import { varint, zigzag } from './encodings.ts';

/** A struct of the compact protocol: its fields by number. Integers are numbers, strings are bytes. */
export type Struct = Map<number, Field>;
export type Field = number | boolean | Buffer | Field[] | Struct;

/**
 * Reads structs of Thrift's compact protocol, in which Parquet states what is in a file.
 * Source: the Thrift compact protocol specification.
 */
export class ThriftReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @throws RangeError where the bytes are none, or end within it */
  struct(): Struct {
    const fields: Struct = new Map();
    let number = 0;
    for (let head = this.#byte(); head !== 0; head = this.#byte()) {
      number = head >> 4 ? number + (head >> 4) : this.#zigzag();
      fields.set(number, this.#value(head & 15));
    }
    return fields;
  }

  #value(type: number): Field {
    switch (type) {
      case 1:
      case 2:
        return type === 1;
      case 3:
        return (this.#byte() << 24) >> 24;
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7:
        this.at += 8;
        return this.#bytes.readDoubleLE(this.at - 8);
      case 8: {
        const length = this.#varint();
        this.at += length;
        return this.#bytes.subarray(this.at - length, this.at);
      }
      case 9:
      case 10: {
        const head = this.#byte();
        const length = head >> 4 === 15 ? this.#varint() : head >> 4;
        return Array.from({ length }, () => this.#value(head & 15));
      }
      case 12:
        return this.struct();
      default:
        throw new RangeError(`a field of type ${type} is not expected`);
    }
  }

  #byte(): number {
    if (this.at >= this.#bytes.length) throw new RangeError('the bytes end within a struct');
    return this.#bytes[this.at++];
  }

  #varint(): number {
    const { value, end } = varint(this.#bytes, this.at);
    this.at = end;
    return value;
  }

  #zigzag(): number {
    return zigzag(this.#varint());
  }
}
