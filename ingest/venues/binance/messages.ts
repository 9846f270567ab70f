import { type Fields, isFields } from '#ingest/normalise/fields.ts';

/** One text frame of a combined stream, understood. */
export type Message =
  | { type: 'data'; stream: string; data: Fields }
  /** The request of this id was carried out. Streams that do not exist are acknowledged as well, and stay silent. */
  | { type: 'ack'; id: number }
  /** A request was refused as a whole; the venue does not always say which. */
  | { type: 'error'; id: number | null; code: string; text: string }
  | { type: 'malformed' };

/**
 * Reads one text frame. Never throws. Protocol: developers.binance.com, USDⓈ-M futures, websocket market streams, and live
 * subscribing.
 */
export function parseMessage(text: string): Message {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { type: 'malformed' };
  }
  if (!isFields(frame)) return { type: 'malformed' };
  const { stream, data } = frame;
  if (typeof stream === 'string' && isFields(data)) return { type: 'data', stream, data };
  const id = typeof frame.id === 'number' ? frame.id : null;
  if (frame.result === null && id !== null) return { type: 'ack', id };
  // Both forms are in use: {"error":{"code":2,"msg":"…"},"id":1} and {"code":2,"msg":"…","id":1}.
  const error = isFields(frame.error) ? frame.error : frame;
  if (error.code === undefined || typeof error.msg !== 'string') return { type: 'malformed' };
  return { type: 'error', id, code: String(error.code), text: error.msg };
}
