import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Reads pieces of a file, one after the other, into the same memory: to take new memory for each costs more than the reading.
 * So does to wait for a thread that reads, for what was just written is in memory.
 */
export class FileBytes {
  readonly #file: number;
  #memory = Buffer.alloc(0);
  #aligned = new ArrayBuffer(0);

  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  get size(): number {
    return fstatSync(this.#file).size;
  }

  /**
   * @returns the bytes, which stand until the next call
   * @throws RangeError where the file ends within them
   */
  at(position: number, length: number): Buffer {
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length);
    const bytesRead = readSync(this.#file, this.#memory, 0, length, position);
    if (bytesRead !== length) throw new RangeError(`it ends ${length - bytesRead} bytes too early`);
    return this.#memory.subarray(0, length);
  }

  /** The same bytes where a number may begin, in memory which stands until the next call. */
  aligned(bytes: Buffer): ArrayBuffer {
    if (this.#aligned.byteLength < bytes.length) this.#aligned = new ArrayBuffer(bytes.length + 8);
    bytes.copy(new Uint8Array(this.#aligned));
    return this.#aligned;
  }

  close(): void {
    closeSync(this.#file);
  }
}
