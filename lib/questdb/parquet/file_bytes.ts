import type { FileHandle } from 'node:fs/promises';

/** Reads pieces of a file, one after the other, into the same memory: to take new memory for each costs more than the reading. */
export class FileBytes {
  readonly #file: FileHandle;
  #memory = Buffer.alloc(0);
  #aligned = new ArrayBuffer(0);

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  /**
   * @returns the bytes, which stand until the next call
   * @throws RangeError where the file ends within them
   */
  async at(position: number, length: number): Promise<Buffer> {
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await this.#file.read(this.#memory, 0, length, position);
    if (bytesRead !== length) throw new RangeError(`it ends ${length - bytesRead} bytes too early`);
    return this.#memory.subarray(0, length);
  }

  /** The same bytes where a number may begin, in memory which stands until the next call. */
  aligned(bytes: Buffer): ArrayBuffer {
    if (this.#aligned.byteLength < bytes.length) this.#aligned = new ArrayBuffer(bytes.length + 8);
    bytes.copy(new Uint8Array(this.#aligned));
    return this.#aligned;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
