import { createHash } from 'node:crypto';
import { column, type Frame } from './frame.ts';

/**
 * SHA-256 of a model's input vector, in the order of its features, 32 hex digits. It is of the bits: the same stored row
 * gives it again, a computation that differs in the last digit does not.
 */
export function vectorDigest(frame: Frame, row: number, features: readonly string[]): string {
  const vector = Float64Array.from(features, (name) => column(frame, name)[row]);
  return createHash('sha256').update(new Uint8Array(vector.buffer)).digest('hex').slice(0, 32);
}
