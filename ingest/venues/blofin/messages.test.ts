import { describe, expect, it } from 'vitest';
import { parseMessage } from './messages.ts';
import { quoteOf, tradeOf } from './rows.ts';

const trade = {
  instId: 'DOGE-USDT',
  tradeId: '3373545342',
  price: '0.08199',
  size: '4',
  side: 'buy',
  ts: '1707486245435',
};
const ticker = {
  ...{ instId: 'ADA-USDT', ts: '1707736811486', last: '0.5315', lastSize: '4', askPrice: '0.5318', askSize: '248' },
  ...{ bidPrice: '0.5315', bidSize: '63', open24h: '0.5555', high24h: '0.5563', low24h: '0.5315' },
  ...{ volCurrency24h: '198560100', vol24h: '1985601' },
};
const trades = (...data: unknown[]) => JSON.stringify({ arg: { channel: 'trades', instId: 'DOGE-USDT' }, data });
const tickers = (...data: unknown[]) => JSON.stringify({ arg: { channel: 'tickers', instId: 'ADA-USDT' }, data });

const stamp = { venue: 'blofin', source: 'ws', receivedAt: 1, seq: 1 } as const;
const listing = (instId: string, unit = { digits: 1, exponent: 0 }, power = 0) => {
  return { symbol: instId, instId, unit, power };
};

/** The ticks of a frame, and the reasons for which it or its rows were refused. */
function ticksOf(text: string, of = listing) {
  const message = parseMessage(text);
  if (message.type !== 'trades' && message.type !== 'tickers')
    return { ticks: [], reasons: [message.type === 'rejected' ? message.reason : message.type] };
  const read = message.type === 'trades' ? tradeOf : quoteOf;
  const rows = message.data.map((row) => read(row, of(message.instId), stamp));
  return {
    ticks: rows.filter((row) => typeof row !== 'string'),
    reasons: rows.filter((row) => typeof row === 'string'),
  };
}

function outcome(text: string) {
  const { ticks, reasons } = ticksOf(text);
  return { passed: ticks.length, reasons };
}

describe('parseMessage, and the rows in its messages', () => {
  const noQuote = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };

  it('reads a trade: times in microseconds, sizes in base coin', () => {
    const contract = (instId: string) => listing(instId, { digits: 1, exponent: 3 });
    expect(ticksOf(trades(trade), contract).ticks).toEqual([
      {
        ...{ ...stamp, symbol: 'DOGE-USDT', kind: 'trade', ts: 1707486245435000, eventId: '3373545342' },
        ...{ price: 0.08199, size: 4_000, side: 'buy', ...noQuote },
      },
    ]);
  });

  it('reads a ticker: the 24-hour volume in base coin, not in contracts', () => {
    const contract = (instId: string) => listing(instId, { digits: 1, exponent: 1 });
    expect(ticksOf(tickers(ticker), contract).ticks).toEqual([
      {
        ...{ ...stamp, symbol: 'ADA-USDT', kind: 'quote', ts: 1707736811486000, eventId: '', size: null, side: null },
        ...{ price: 0.5315, bid: 0.5315, ask: 0.5318, bidSize: 630, askSize: 2_480 },
        ...{ volume24h: 198560100, high24h: 0.5563, low24h: 0.5315 },
      },
    ]);
  });

  it('reads prices of a coin that is listed by the thousand', () => {
    const thousand = (instId: string) => listing(instId, { digits: 1, exponent: 3 }, 3);
    expect(ticksOf(trades(trade), thousand).ticks).toMatchObject([{ price: 0.00008199, size: 4_000 }]);
    expect(ticksOf(tickers(ticker), thousand).ticks).toMatchObject([{ bid: 0.0005315, volume24h: 198560100000 }]);
  });

  it('gives absent and empty ticker fields as null, never as 0', () => {
    const { ticks } = ticksOf(tickers({ instId: 'ADA-USDT', ts: '1707736811486', last: '0.5', bidPrice: '' }));
    expect(ticks).toMatchObject([{ price: 0.5, ts: 1707736811486000, ...noQuote }]);
  });

  it('takes numbers for decimal strings, an action field, and ids above 2^31', () => {
    const text = JSON.stringify({
      ...{ arg: { channel: 'trades', instId: 'DOGE-USDT' }, action: 'snapshot' },
      data: [{ ...trade, tradeId: 9007199254740991, price: 0.08199, size: 1e-7, ts: 1707486245435 }],
    });
    expect(outcome(text)).toEqual({ passed: 1, reasons: [] });
  });

  it('keeps the good rows of a frame with a bad one', () => {
    const second = { ...trade, tradeId: '2', price: '0' };
    expect(outcome(trades(trade, second, { ...trade, tradeId: '3' }))).toEqual({
      passed: 2,
      reasons: ['price is not positive'],
    });
  });

  it.each([
    ['', 'malformed frame'],
    ['{', 'malformed frame'],
    ['null', 'malformed frame'],
    ['[]', 'malformed frame'],
    ['"pong"', 'malformed frame'],
    ['{}', 'malformed frame'],
    ['{"arg":null,"data":[]}', 'malformed frame'],
    ['{"arg":{"channel":"trades"},"data":[{}]}', 'malformed frame'],
    ['{"arg":{"channel":"trades","instId":"X-USDT"}}', 'malformed frame'],
    ['{"arg":{"channel":"trades","instId":"X-USDT"},"data":{}}', 'malformed frame'],
    ['{"arg":{"channel":"trades","instId":"X-USDT"},"data":[]}', 'malformed frame'],
    ['{"arg":{"channel":"trades","instId":"X-USDT"},"event":"what","data":[{}]}', 'malformed frame'],
    ['{"arg":{"channel":"books","instId":"X-USDT"},"data":[{}]}', 'unknown channel'],
    [trades(null), 'malformed frame'],
    [trades([]), 'malformed frame'],
    [trades({ ...trade, instId: 'BTC-USDT' }), 'malformed frame'],
    [trades({ ...trade, tradeId: undefined }), 'trade without an id'],
    [trades({ ...trade, tradeId: '' }), 'trade without an id'],
    [trades({ ...trade, price: 'abc' }), 'price is not a number'],
    [trades({ ...trade, price: '' }), 'price is not a number'],
    [trades({ ...trade, price: ' 1' }), 'price is not a number'],
    [trades({ ...trade, price: '0x10' }), 'price is not a number'],
    [trades({ ...trade, price: 'NaN' }), 'price is not a number'],
    [trades({ ...trade, price: 'Infinity' }), 'price is not a number'],
    [trades({ ...trade, price: '1,5' }), 'price is not a number'],
    [trades({ ...trade, price: true }), 'price is not a number'],
    [trades({ ...trade, price: null }), 'price is not a number'],
    [trades({ ...trade, price: '0' }), 'price is not positive'],
    [trades({ ...trade, price: '-1' }), 'price is not positive'],
    [trades({ ...trade, price: '1e309' }), 'price is not positive'],
    [trades({ ...trade, size: 'abc' }), 'size is not a number'],
    [trades({ ...trade, size: '0' }), 'size is not positive'],
    [trades({ ...trade, size: '-4' }), 'size is not positive'],
    [trades({ ...trade, side: 'Buy' }), 'side is neither buy nor sell'],
    [trades({ ...trade, side: undefined }), 'side is neither buy nor sell'],
    [trades({ ...trade, ts: 'now' }), 'time is not a number'],
    [trades({ ...trade, ts: '1707486245.435' }), 'time is not a number'],
    [trades({ ...trade, ts: undefined }), 'time is not a number'],
    [trades({ ...trade, ts: '0' }), 'time is out of range'],
    [trades({ ...trade, ts: '1707486245' }), 'time is out of range'],
    [trades({ ...trade, ts: '1707486245435000' }), 'time is out of range'],
    [tickers({ ...ticker, bidPrice: '0.54' }), 'bid above ask'],
    [tickers({ ...ticker, last: '0' }), 'price is not positive'],
    [tickers({ ...ticker, askPrice: 'x' }), 'price is not a number'],
    [tickers({ ...ticker, high24h: '-1' }), 'price is not positive'],
    [tickers({ ...ticker, bidSize: '-63' }), 'size is not positive'],
    [tickers({ ...ticker, volCurrency24h: 'many' }), 'size is not a number'],
    [tickers({ instId: 'ADA-USDT', ts: ticker.ts }), 'malformed frame'],
  ])('refuses %s: %s', (text, reason) => {
    expect(outcome(text)).toEqual({ passed: 0, reasons: [reason] });
  });

  it('never throws on cut or scrambled frames', () => {
    const text = trades(trade, trade);
    for (let i = 0; i < text.length; i++) {
      expect(() => ticksOf(text.slice(0, i))).not.toThrow();
      expect(() => ticksOf(text.slice(0, i) + text.slice(i + 1))).not.toThrow();
      expect(() => ticksOf(`${text.slice(0, i)}[${text.slice(i)}`)).not.toThrow();
    }
  });

  it('finds the topics that a refusal echoes', () => {
    const request = '{"op": "subscribe", "args":[{ "channel" : "trades", "instId" : "ETH-USDT"}]}';
    const documented = JSON.stringify({ event: 'error', code: '60012', msg: `Invalid request: ${request}` });
    const topics = [{ channel: 'trades', instId: 'ETH-USDT' }];
    expect(parseMessage(documented)).toMatchObject({ type: 'error', code: '60012', topics });
    const plain = JSON.stringify({ event: 'error', code: 60018, msg: "channel:trades,instId:ETH-USDT doesn't exist" });
    expect(parseMessage(plain)).toMatchObject({ type: 'error', code: '60018', topics });
    expect(parseMessage('{"event":"error"}')).toMatchObject({ type: 'error', topics: [] });
  });
});
