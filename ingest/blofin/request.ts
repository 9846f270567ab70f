import pRetry from 'p-retry';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { Limiter } from './limiter.ts';
import { marketHeader, type Origin, originOf } from './origin.ts';
import { isFields } from './rows.ts';

export interface RequestOptions {
  url: string;
  limiter: Limiter;
  log: Logger;
  userAgent: string;
  timeoutMs: number;
  /** Tries after the first one. */
  retries: number;
  retryMs: number;
  /** Blofin's suspension for too many requests is 5 minutes; so is its firewall's usual ban. */
  coolDownMs: number;
}

export interface Answer {
  /** The `data` of the envelope. */
  data: unknown[];
  origin: Origin;
}

/** A failure that may pass: the network, a 5xx, a page instead of JSON, an internal error of the exchange. */
class Transient extends Error {}

/** Codes by which the exchange blames itself: 500 internal error, 103013 internal error, please retry. */
const transientCodes = new Set(['500', '103013']);

/**
 * One GET of Blofin's public REST API, within the process's budget. Retries what may pass, a bounded number of times.
 * @throws CoolDownError on 429 and 403; UserError when the exchange refuses the request or cannot be reached
 */
export async function get(path: string, query: { [name: string]: string }, options: RequestOptions): Promise<Answer> {
  const target = `${options.url.replace(/\/+$/, '')}${path}?${new URLSearchParams(query)}`.replace(/\?$/, '');
  try {
    return await pRetry(() => attempt(target, options), {
      retries: options.retries,
      minTimeout: options.retryMs,
      maxTimeout: options.retryMs * 16,
      randomize: true,
      shouldRetry: ({ error }) => error instanceof Transient,
      onFailedAttempt: ({ error, retriesLeft }) =>
        options.log.warn({ target, retriesLeft, cause: reasonOf(error) }, 'REST request failed'),
    });
  } catch (error) {
    if (!(error instanceof Transient)) throw error;
    throw new UserError(
      `${target} gave no usable answer in ${options.retries + 1} tries: ${error.message}.`,
      'Check the network and market.restUrl, then try again.',
      { cause: error },
    );
  }
}

async function attempt(target: string, options: RequestOptions): Promise<Answer> {
  await options.limiter.take();
  const { status, headers, body } = await fetchText(target, options);
  if (status === 429 || status === 403) throw suspended(status, headers.get('retry-after'), options);
  if (status === 401 || status === 404) {
    throw new UserError(`${target} does not exist (HTTP ${status}).`, 'Check market.restUrl.');
  }
  const envelope = parseEnvelope(body);
  if (!envelope) throw new Transient(`HTTP ${status} with ${JSON.stringify(body.slice(0, 80))} instead of JSON`);
  const code = String(envelope.code);
  if (code === '0' && status === 200 && Array.isArray(envelope.data)) {
    return { data: envelope.data, origin: originOf(headers.get(marketHeader)) };
  }
  // Most failures come as HTTP 200 with a code.
  if (code === '429') throw suspended(429, null, options);
  const message = `HTTP ${status}, code ${code}, ${JSON.stringify(envelope.msg ?? envelope.error_message ?? '')}`;
  if (code === '0' || status >= 500 || transientCodes.has(code)) throw new Transient(message);
  throw new UserError(`The exchange refuses ${target}: ${message}.`, 'Check that it lists this symbol.');
}

async function fetchText(target: string, options: RequestOptions) {
  try {
    const signal = AbortSignal.timeout(options.timeoutMs);
    const headers = { 'user-agent': options.userAgent, accept: 'application/json' };
    const response = await fetch(target, { signal, headers });
    return { status: response.status, headers: response.headers, body: await response.text() };
  } catch (error) {
    const cause =
      error instanceof Error && error.cause ? `${error.message}: ${reasonOf(error.cause)}` : reasonOf(error);
    throw new Transient(cause, { cause: error });
  }
}

function suspended(status: number, retryAfter: string | null, options: RequestOptions) {
  const asked = Number(retryAfter ?? 0) * 1_000;
  const cause =
    status === 429 ? 'The exchange says too many requests (HTTP 429)' : "The exchange's firewall refuses us (HTTP 403)";
  return options.limiter.coolDown(Math.max(options.coolDownMs, Number.isFinite(asked) ? asked : 0), cause);
}

function parseEnvelope(body: string) {
  try {
    const envelope: unknown = JSON.parse(body);
    return isFields(envelope) && envelope.code !== undefined ? envelope : null;
  } catch {
    return null;
  }
}
