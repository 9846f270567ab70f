import type { RejectReason, Tick } from '#ingest/feed.ts';
import { isFields, isName } from '#ingest/normalise/fields.ts';

/** What can be subscribed to. */
export interface Topic {
  channel: string;
  instId: string;
}

/** One text frame of the public WebSocket, understood. Frames hold one row as a rule; more are accepted. */
export type Message =
  | { type: 'ping' }
  | { type: 'pong' }
  | { type: 'ack'; event: 'subscribe' | 'unsubscribe'; topic: Topic }
  /** A whole request was refused. The venue names no topic: `topics` are read from the request it echoes, if it does. */
  | { type: 'error'; code: string; text: string; topics: Topic[] }
  /** The rows are yet to be checked. */
  | { type: 'trades' | 'tickers'; instId: string; data: unknown[] }
  | { type: 'rejected'; symbol: string | null; kind: Tick['kind'] | null; reason: RejectReason; raw: string };

const rawLimit = 4_096;
const kinds: { [channel: string]: Tick['kind'] } = { trades: 'trade', tickers: 'quote' };

/**
 * Reads one text frame. Never throws: what cannot be understood comes back as `rejected` with its reason. Protocol:
 * docs.blofin.com, public WebSocket channels.
 */
export function parseMessage(text: string): Message {
  if (text === 'pong' || text === 'ping') return { type: text };
  const raw = text.length > rawLimit ? text.slice(0, rawLimit) : text;
  const unreadable: Message = { type: 'rejected', reason: 'malformed frame', symbol: null, kind: null, raw };
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return unreadable;
  }
  if (!isFields(frame)) return unreadable;
  if (frame.event === 'error') {
    const { code, msg } = frame;
    const message = typeof msg === 'string' ? msg : raw;
    const text = message.slice(0, rawLimit);
    return {
      ...{ type: 'error', code: typeof code === 'string' || typeof code === 'number' ? String(code) : '' },
      ...{ text, topics: echoedTopics(message) },
    };
  }
  const topic = topicOf(frame.arg);
  if (!topic) return unreadable;
  if (frame.event === 'subscribe' || frame.event === 'unsubscribe') return { type: 'ack', event: frame.event, topic };
  const { channel, instId } = topic;
  if (frame.event !== undefined || !Array.isArray(frame.data) || frame.data.length === 0) {
    return { ...unreadable, symbol: instId, kind: kinds[channel] ?? null };
  }
  if (channel === 'trades' || channel === 'tickers') return { type: channel, instId, data: frame.data };
  return { ...unreadable, reason: 'unknown channel', symbol: instId };
}

function topicOf(arg: unknown): Topic | null {
  if (!isFields(arg) || typeof arg.channel !== 'string' || typeof arg.instId !== 'string') return null;
  return isName(arg.channel) && isName(arg.instId) ? { channel: arg.channel, instId: arg.instId } : null;
}

/** The topics of the request that an error echoes: `Invalid request: {"op":…}`, or `channel:trades,instId:X …`. */
function echoedTopics(message: string): Topic[] {
  const start = message.indexOf('{');
  const end = message.lastIndexOf('}');
  if (start >= 0 && end > start) {
    try {
      const request: unknown = JSON.parse(message.slice(start, end + 1));
      if (isFields(request) && Array.isArray(request.args)) {
        return request.args.map(topicOf).filter((topic) => topic !== null);
      }
    } catch {
      // Not an echoed request; the plain form below may still name the topic.
    }
  }
  const plain = /channel:\s*([\w-]{1,64})\s*,\s*instId:\s*([A-Z0-9-]{1,64})/.exec(message);
  return plain ? [{ channel: plain[1], instId: plain[2] }] : [];
}
