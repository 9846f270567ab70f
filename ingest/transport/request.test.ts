import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '#lib/errors.ts';
import { silent } from '#lib/log.ts';
import { CoolDownError, Limiter, type LimiterOptions, longestSuspensionMs } from './limiter.ts';
import { type Reply, type RequestOptions, request, requestDefaults, suspended, Transient } from './request.ts';

let server: Server;

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** A server that gives these answers in turn, the last one for ever; `asked` holds what was asked for. */
async function answering(answers: [status: number, body: string, headers?: Record<string, string>][]) {
  const asked: string[] = [];
  server = createServer((incoming, response) => {
    const [status, body, headers] = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(String(incoming.url));
    response.writeHead(status, headers).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

function ask(url: string, limits: LimiterOptions = {}, more: Partial<RequestOptions> = {}) {
  const limiter = new Limiter({ perMinute: 60_000, burst: 1_000, ...limits });
  const options = { ...requestDefaults, retryMs: 1, coolDownMs: 60, url, limiter, log: silent, ...more };
  const read = ({ status, headers, body }: Reply) => {
    if (status === 429 || status === 403) throw suspended(status, headers.get('retry-after'), options);
    if (status !== 200) throw new Transient(`HTTP ${status}`);
    return body;
  };
  return request('/path', { a: '1' }, options, read);
}

const tooMany: [number, string] = [429, ''];
const fine: [number, string] = [200, 'fine'];

describe('request', () => {
  it('asks once where the answer is sound', async () => {
    const { asked, url } = await answering([fine]);
    expect(await ask(url)).toBe('fine');
    expect(asked).toEqual(['/path?a=1']);
  });

  it('is over with the first suspension, unless it is patient', async () => {
    const { asked, url } = await answering([tooMany, fine]);
    const refused = await ask(url).catch((error) => error);
    expect(refused).toBeInstanceOf(CoolDownError);
    expect(refused.waitMs).toBe(60);
    expect(asked.length).toBe(1);
  });

  it('waits suspensions out where it is patient, asking nothing meanwhile', async () => {
    const { asked, url } = await answering([tooMany, [403, '<html>'], [429, '', { 'retry-after': '0' }], fine]);
    const waits: string[] = [];
    const started = performance.now();
    expect(await ask(url, { onWait: (_, cause) => waits.push(cause) })).toBe('fine');
    expect(performance.now() - started).toBeGreaterThanOrEqual(180);
    expect(asked.length).toBe(4);
    expect(waits.map((cause) => /\d{3}/.exec(cause)?.[0])).toEqual(['429', '403', '429']);
  });

  it('takes a suspension that does not end for what it is, however patient', async () => {
    const { asked, url } = await answering([[403, '<html>']]);
    await expect(ask(url, { onWait: () => {} }, { coolDownMs: 5 })).rejects.toThrow(CoolDownError);
    expect(asked.length).toBe(4);
  });

  it('believes no server that a suspension lasts for years', async () => {
    const { url } = await answering([[429, '', { 'retry-after': '99999999' }]]);
    expect(await ask(url).catch((error) => error.waitMs)).toBe(longestSuspensionMs);
  });

  it('refuses a body without an end, and says the limit', async () => {
    const piece = Buffer.alloc(65_536, ' ');
    let sent = 0;
    server = createServer((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(ask(url, {}, { retries: 0 })).rejects.toThrow(/more than 32 MiB/);
    expect(sent).toBeLessThan(128 * 1_024 * 1_024);
  });

  it('does not wait for ever for a body that trickles', async () => {
    server = createServer((_, response) => {
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(ask(url, {}, { timeoutMs: 200, retries: 0 })).rejects.toThrow(/no usable answer in 1 tries/);
  });

  it('believes the server that a suspension lasts longer', async () => {
    const { url } = await answering([[429, '', { 'retry-after': '120' }]]);
    expect(await ask(url).catch((error) => error.waitMs)).toBe(120_000);
  });

  it('retries what may pass a bounded number of times', async () => {
    const { asked, url } = await answering([[503, ''], [503, ''], fine]);
    expect(await ask(url, {}, { retries: 2 })).toBe('fine');
    expect(asked.length).toBe(3);
    await expect(ask(`${url}`, {}, { retries: 0 })).resolves.toBe('fine');
  });

  it('says what it tried when nothing came of it', async () => {
    const { asked, url } = await answering([[503, '']]);
    const failed = await ask(url, {}, { retries: 1 }).catch((error) => error);
    expect(failed).toBeInstanceOf(UserError);
    expect(failed.transient).toBe(true);
    expect(failed.message).toMatch(/in 2 tries: HTTP 503/);
    expect(asked.length).toBe(2);
  });

  it('does not wait for ever for a server that is silent', async () => {
    server = createServer(() => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(ask(url, {}, { timeoutMs: 50, retries: 1 })).rejects.toThrow(/no usable answer in 2 tries/);
  });
});
