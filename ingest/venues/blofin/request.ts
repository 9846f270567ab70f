import { isFields } from '#ingest/normalise/fields.ts';
import { marketHeader, type Origin, originOf } from '#ingest/origin.ts';
import { type Reply, type RequestOptions, request, suspended, Transient } from '#ingest/transport/request.ts';
import { UserError } from '#lib/errors.ts';

export interface Answer {
  /** The `data` of the envelope. */
  data: unknown[];
  origin: Origin;
}

/** Codes by which the exchange blames itself: 500 internal error, 103013 internal error, please retry. */
const transientCodes = new Set(['500', '103013']);

/**
 * One GET of Blofin's public REST API.
 * @throws CoolDownError on 429 and 403; UserError when the exchange refuses the request or cannot be reached
 */
export function get(path: string, query: { [name: string]: string }, options: RequestOptions): Promise<Answer> {
  return request(path, query, options, (reply, target) => read(reply, target, options));
}

function read({ status, headers, body }: Reply, target: string, options: RequestOptions): Answer {
  if (status === 429 || status === 403) throw suspended(status, headers.get('retry-after'), options);
  if (status === 401 || status === 404) {
    throw new UserError(`${target} does not exist (HTTP ${status}).`, 'Check market.restUrl.');
  }
  const envelope = parseEnvelope(body);
  if (!envelope) throw new Transient(`HTTP ${status} with ${JSON.stringify(body.slice(0, 80))} instead of JSON`);
  const code = String(envelope.code);
  if (code === '0' && status === 200 && Array.isArray(envelope.data)) {
    return { data: envelope.data, origin: originOf(headers.get(marketHeader), 'blofin') };
  }
  // Most failures come as HTTP 200 with a code.
  if (code === '429') throw suspended(429, null, options);
  const message = `HTTP ${status}, code ${code}, ${JSON.stringify(envelope.msg ?? envelope.error_message ?? '')}`;
  if (code === '0' || status >= 500 || transientCodes.has(code)) throw new Transient(message);
  throw new UserError(`The exchange refuses ${target}: ${message}.`, 'Check that it lists this symbol.');
}

function parseEnvelope(body: string) {
  try {
    const envelope: unknown = JSON.parse(body);
    return isFields(envelope) && envelope.code !== undefined ? envelope : null;
  } catch {
    return null;
  }
}
