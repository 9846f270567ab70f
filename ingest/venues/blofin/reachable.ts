import { isFields } from '#ingest/normalise/fields.ts';

/**
 * Whether the REST API at this address answers usefully within the time: JSON in Blofin's envelope, with success or
 * a remark on the parameters (152…). A firewall page or a captive portal that answers with HTTP 200 does not count.
 */
export async function reachable(url: string, timeoutMs = 5_000): Promise<boolean> {
  const target = `${url.replace(/\/+$/, '')}/api/v1/market/instruments?instId=BTC-USDT`;
  try {
    const response = await fetch(target, { signal: AbortSignal.timeout(timeoutMs) });
    const envelope: unknown = await response.json();
    return response.ok && isFields(envelope) && /^(0|152\d+)$/.test(String(envelope.code));
  } catch {
    // Whatever failed, the answer to the question is no; who goes on to use the API gets the reason.
    return false;
  }
}
