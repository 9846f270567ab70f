import type { FailedAnswer } from '#ingest/local_exchange/faults.ts';

const refusal = (code: number, msg: string) => JSON.stringify({ code, msg });

/** Answers as Binance and what stands before it give them. */
export const failedAnswers = {
  tooManyRequests: { status: 429, body: refusal(-1003, 'Too many requests.'), headers: { 'retry-after': '17' } },
  banned: {
    status: 418,
    body: refusal(-1003, 'Way too many requests; IP banned.'),
    headers: { 'retry-after': '7200' },
  },
  forbidden: { status: 403, body: '<html><body>Forbidden</body></html>', contentType: 'text/html' },
  htmlInstead: { status: 200, body: '<!doctype html><title>Maintenance</title>', contentType: 'text/html' },
  unavailable: { status: 503, body: refusal(-1008, 'Request throttled by system-level protection.') },
  disconnected: { status: 400, body: refusal(-1001, 'Internal error; unable to process your request.') },
  restricted: { status: 451, body: JSON.stringify({ code: 0, msg: 'Service unavailable from a restricted location' }) },
  parameterError: { status: 400, body: refusal(-1121, 'Invalid symbol.') },
} satisfies { [name: string]: FailedAnswer };
