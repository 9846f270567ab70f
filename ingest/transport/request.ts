import pRetry from 'p-retry';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { CoolDownError, type Limiter } from './limiter.ts';

export interface RequestOptions {
  url: string;
  limiter: Limiter;
  log: Logger;
  userAgent: string;
  timeoutMs: number;
  /** Tries after the first one. */
  retries: number;
  retryMs: number;
  /** How long a suspension for too many requests lasts, where the venue does not say it. */
  coolDownMs: number;
}

export const requestDefaults = {
  userAgent: 'tickforest',
  timeoutMs: 10_000,
  retries: 4,
  retryMs: 500,
  // Blofin's suspension is 5 minutes, and so is its firewall's usual ban.
  coolDownMs: 300_000,
};

/** What came back, before anybody has made sense of it. */
export interface Reply {
  status: number;
  headers: Headers;
  body: string;
}

/** A failure that may pass: the network, a 5xx, a page instead of JSON, an internal error of the exchange. */
export class Transient extends Error {}

/** Longer answers are refused: the longest that a venue gives, its list of instruments, has about 5 MiB. */
const bodyMib = 32;

/** Suspensions in a row that a patient limiter waits out for one request; more are a ban that waiting does not end. */
const suspensions = 3;

/**
 * One GET within the process's budget. Retries what may pass, a bounded number of times.
 * @param read makes sense of a reply, or throws `Transient` where another try may help
 * @throws CoolDownError while the exchange has suspended us, unless the limiter waits that out; UserError when it cannot be
 * reached, and what `read` throws
 */
export async function request<T>(
  path: string,
  query: { [name: string]: string },
  options: RequestOptions,
  read: (reply: Reply, target: string) => T,
): Promise<T> {
  const target = `${options.url.replace(/\/+$/, '')}${path}?${new URLSearchParams(query)}`.replace(/\?$/, '');
  const attempt = async () => {
    for (let left = options.limiter.patient ? suspensions : 0; ; left--) {
      await options.limiter.take();
      try {
        return read(await fetchText(target, options), target);
      } catch (error) {
        if (!(error instanceof CoolDownError) || left <= 0) throw error;
      }
    }
  };
  try {
    return await pRetry(attempt, {
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
      'Check the network and the address (market.restUrl or --exchange), then try again.',
      { cause: error, transient: true },
    );
  }
}

/** Stops all requests of the process for as long as the suspension lasts; the error to throw. */
export function suspended(status: number, retryAfter: string | null, options: RequestOptions): CoolDownError {
  const asked = Number(retryAfter ?? 0) * 1_000;
  const cause =
    status === 403
      ? "The exchange's firewall refuses us (HTTP 403)"
      : `The exchange says too many requests (HTTP ${status})`;
  return options.limiter.coolDown(Math.max(options.coolDownMs, Number.isFinite(asked) ? asked : 0), cause);
}

/** @throws Error when it has more than `bodyMib`; what comes after that is not read */
async function bodyOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the connection.
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > bodyMib * 1_024 * 1_024) throw new Error(`the answer has more than ${bodyMib} MiB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

async function fetchText(target: string, options: RequestOptions): Promise<Reply> {
  try {
    // Of the whole request: a body that trickles ends with it too.
    const signal = AbortSignal.timeout(options.timeoutMs);
    const headers = { 'user-agent': options.userAgent, accept: 'application/json' };
    const response = await fetch(target, { signal, headers });
    return { status: response.status, headers: response.headers, body: await bodyOf(response) };
  } catch (error) {
    const cause =
      error instanceof Error && error.cause ? `${error.message}: ${reasonOf(error.cause)}` : reasonOf(error);
    throw new Transient(cause, { cause: error });
  }
}
