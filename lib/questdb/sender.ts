import type { QuestDbAddress } from './database.ts';

/**
 * The official client's configuration for this server. `retry_timeout` is in truth the deadline of the whole request, its
 * retries included (0 aborts each one at once); after it the client forgets the batch, so callers keep their rows and
 * repeat.
 */
export function senderConfiguration(address: QuestDbAddress): string {
  const parts = [
    `addr=${address.host}:${address.httpPort}`,
    // Binary doubles. Left open, the client asks the server first, each time, and fails where that is away.
    'protocol_version=2',
    'auto_flush=off',
    'retry_timeout=10000',
    'request_timeout=10000',
    `username=${doubled(address.user)}`,
    `password=${doubled(address.password)}`,
  ];
  if (address.tls) parts.push(`tls_verify=${address.tlsVerify ? 'on' : 'unsafe_off'}`);
  return `${address.tls ? 'https' : 'http'}::${parts.join(';')};`;
}

/** A semicolon inside a value is written twice. */
function doubled(value: string): string {
  return value.replaceAll(';', ';;');
}
