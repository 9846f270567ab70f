import { isFields } from '#ingest/normalise/fields.ts';
import { marketHeader, type Origin, originOf } from '#ingest/origin.ts';
import { type Reply, type RequestOptions, request, suspended, Transient } from '#ingest/transport/request.ts';
import { UserError } from '#lib/errors.ts';

export interface Answer {
  data: unknown;
  origin: Origin;
  /** The server's clock in milliseconds, by its whole second; ours where it says none. */
  now: number;
}

/** Codes by which the exchange blames itself: unknown, disconnected, unexpected response, time-out, overloaded. */
const transientCodes = new Set(['-1000', '-1001', '-1006', '-1007', '-1008']);

/**
 * One GET of Binance's public futures API.
 * @throws CoolDownError on 429, 418 (an address banned because it went on after 429) and 403; UserError when the exchange
 * refuses the request or cannot be reached
 */
export function get(path: string, query: { [name: string]: string }, options: RequestOptions): Promise<Answer> {
  return request(path, query, options, (reply, target) => read(reply, target, options));
}

function read({ status, headers, body }: Reply, target: string, options: RequestOptions): Answer {
  const error = errorOf(body);
  const code = String(error?.code ?? '');
  if (status === 429 || status === 418 || status === 403 || code === '-1003') {
    const retryAfter = headers.get('retry-after');
    // What the exchange says counts, be it shorter or longer than what we would wait.
    const said = Number(retryAfter) > 0;
    throw suspended(status === 200 ? 429 : status, retryAfter, said ? { ...options, coolDownMs: 0 } : options);
  }
  if (status === 451) {
    throw new UserError(
      `${target} is not served to this place (HTTP 451).`,
      'Binance closes its futures API to some countries: choose another venue (market.venue), or import Binance’s archives: ./tickforest import binance-klines.',
    );
  }
  const message = `HTTP ${status}, code ${code}, ${JSON.stringify(error?.msg ?? body.slice(0, 80))}`;
  if (status >= 500 || transientCodes.has(code)) throw new Transient(message);
  if (error) throw new UserError(`The exchange refuses ${target}: ${message}.`, 'Check that it lists this symbol.');
  if (status === 404) throw new UserError(`${target} does not exist (HTTP 404).`, 'Check market.restUrl.');
  const data = parse(body);
  if (status !== 200 || data === undefined) {
    throw new Transient(`HTTP ${status} with ${JSON.stringify(body.slice(0, 80))} instead of JSON`);
  }
  const date = Date.parse(headers.get('date') ?? '');
  return {
    data,
    origin: originOf(headers.get(marketHeader), 'binance-um'),
    now: Number.isNaN(date) ? Date.now() : date,
  };
}

/** `{"code":-1121,"msg":"Invalid symbol."}`; answers that are data have no code, or 200 in a few places. */
function errorOf(body: string): { code: unknown; msg: unknown } | null {
  const data = parse(body);
  return isFields(data) && typeof data.code === 'number' && data.code < 0 ? { code: data.code, msg: data.msg } : null;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // A page of a firewall or proxy.
    return undefined;
  }
}
