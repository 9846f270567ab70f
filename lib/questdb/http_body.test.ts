import { describe, expect, it } from 'vitest';
import { HttpBody, headOf } from './http_body.ts';

const chunked = headOf('HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked');

/** What comes of a text that arrives in pieces of so many bytes. */
function received(body: HttpBody, text: string, size: number): string {
  let content = '';
  for (let at = 0; at < text.length; at += size) content += body.content(Buffer.from(text.slice(at, at + size)));
  return content;
}

describe('The body of an answer over HTTP', () => {
  it('has its chunks put together, wherever the bytes are cut', () => {
    const text = '3\r\nabc\r\n00a;name=value\r\n\r\n34\r\n789\n\r\n1\r\nX\r\n0\r\nTrailer: y\r\n\r\nnot of it';
    for (let size = 1; size <= text.length; size++) {
      const body = new HttpBody(chunked);
      expect(received(body, text, size)).toBe('abc\r\n34\r\n789\nX');
      expect(body.isWhole).toBe(true);
    }
  });

  it.each(['', '3\r\nab', '3\r\nabc\r\n', '3\r\nabc\r\n0'])('is not whole where it ends too early: %j', (text) => {
    const body = new HttpBody(chunked);
    received(body, text, 2);
    expect(body.mayEnd).toBe(false);
  });

  it('is as long as it says, or as the connection lasts', () => {
    const said = new HttpBody(headOf('HTTP/1.1 400 Bad request\r\ncontent-length: 4'));
    expect(received(said, 'abc', 2)).toBe('abc');
    expect(said.mayEnd).toBe(false);
    expect(received(said, 'defg', 3)).toBe('d');
    expect(said.isWhole).toBe(true);
    expect(new HttpBody(headOf('HTTP/1.1 200 OK\r\ncontent-length: 0')).isWhole).toBe(true);

    const open = new HttpBody(headOf('HTTP/1.0 200 OK'));
    expect(received(open, 'abc', 2)).toBe('abc');
    expect([open.isWhole, open.mayEnd]).toEqual([false, true]);
  });

  it('is refused where it is none', () => {
    expect(() => headOf('SSH-2.0-OpenSSH_9.2')).toThrow('no answer over HTTP');
    expect(() => received(new HttpBody(chunked), 'abc?\r\nzz\r\n', 4)).not.toThrow();
    expect(() => received(new HttpBody(chunked), 'zz\r\n', 4)).toThrow('no size of a chunk: zz');
    expect(() => received(new HttpBody(chunked), 'f'.repeat(2_000), 100)).toThrow('have no sizes');
  });
});
