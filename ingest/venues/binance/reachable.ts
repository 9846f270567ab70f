import { isFields } from '#ingest/normalise/fields.ts';

/**
 * Whether the REST API at this address answers usefully within the time: JSON that says the server's time. A firewall page or
 * a captive portal that answers with HTTP 200 does not count.
 */
export async function reachable(url: string, timeoutMs = 5_000): Promise<boolean> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/fapi/v1/time`, { signal: AbortSignal.timeout(timeoutMs) });
    const answer: unknown = await response.json();
    return response.ok && isFields(answer) && typeof answer.serverTime === 'number';
  } catch {
    // Whatever failed, the answer to the question is no; who goes on to use the API gets the reason.
    return false;
  }
}
