import { manglings } from '#ingest/local_exchange/mangle.ts';
import { random } from '#lib/random.ts';
import { type Fault, type Rig, seconds } from './fault.ts';
import { type Push, untouched, type Way } from './proxy.ts';

/** For so long a stream is harmed, unless said otherwise. */
const span = 30;

const same = (text: string): Push => ({ text, original: text });

/** Pushes go another way for a while; `make` is called anew each time. */
const on = (
  name: string,
  does: string,
  make: () => Way,
  more: { span?: number; shiftSeconds?: number } = {},
): Fault => ({
  name,
  does: `${does}, for ${more.span ?? span} s`,
  ...(more.shiftSeconds ? { shiftSeconds: more.shiftSeconds } : {}),
  plant: async ({ proxy }) => {
    proxy.way = make();
    await seconds(more.span ?? span);
    proxy.mend();
  },
});

const everyTenthTradeCut = (): Way => {
  let trades = 0;
  return (text, { channel }) =>
    channel === 'trades' && ++trades % 10 === 0 ? [{ text: manglings.cut(text), original: text }] : [same(text)];
};

const shuffled = (): Way => {
  const { uniform } = random(7);
  let held: string[] = [];
  const rest = () => {
    const order = held.map((each) => ({ each, place: uniform() })).sort((a, b) => a.place - b.place);
    held = [];
    return order.map(({ each }) => same(each));
  };
  const way = (text: string) => (held.push(text) < 20 ? [] : rest());
  return Object.assign(way, { rest });
};

const resetIds = (): Way => {
  let id = 0;
  return (text, { channel }) =>
    channel === 'trades' ? [same(text.replace(/"tradeId":"\d+"/, () => `"tradeId":"${++id}"`))] : [same(text)];
};

const clock = (name: string, shiftSeconds: number): Fault =>
  on(
    `clock-${name}`,
    `the exchange's events are stamped ${shiftSeconds} s off`,
    () => (text) => [same(text.replace(/"ts":"(\d+)"/, (_, ts) => `"ts":"${Number(ts) + shiftSeconds * 1_000}"`))],
    { shiftSeconds },
  );

const without = (channel: string, of: string | undefined): Way => {
  return (text, topic) => (topic.channel === channel && (!of || of === topic.instId) ? [] : untouched(text, topic));
};

/** What comes in place of a market: pages, bits of JSON, rows of nothing. */
const nonsense = [
  manglings.html(),
  '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"1","price":"NaN","size":"1"}]}',
  '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[null,1,"x"]}',
  '{"arg":{"channel":"nothing","instId":"BTC-USDT"},"data":[{}]}',
  '{"arg":{"channel":"tickers","instId":"NONE-USDT"},"data":[{}]}',
  ...['[]', '{}', 'null', '{"arg":', '\u0000\uffff', '{"event":"error","code":"1","msg":"no"}'],
];

const flood = async ({ proxy }: Rig): Promise<void> => {
  let sent = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 50; i++) proxy.inject(`${nonsense[sent++ % nonsense.length]}${' '.repeat(sent % 97)}`);
  }, 100);
  await seconds(span);
  clearInterval(timer);
};

const hugeBytes = 50 * 1_024 * 1_024;

export const streamFaults: readonly Fault[] = [
  {
    name: 'none',
    does: 'nothing, for 60 s: what is said then is false',
    quiet: true,
    plant: async () => await seconds(60),
  },
  on('duplicates', 'each push comes three times', () => (text) => [same(text), same(text), same(text)]),
  on('shuffles', 'pushes come in another order, twenty at a time', shuffled),
  on('half-frames', 'every tenth trade push is cut in half', everyTenthTradeCut),
  { name: 'malformed-flood', does: `500 malformed frames a second, for ${span} s`, plant: flood },
  {
    name: 'huge-frame',
    does: 'a frame of 50 MB',
    plant: async ({ proxy }) => proxy.inject(`{"arg":{"channel":"trades"},"data":["${'x'.repeat(hugeBytes)}"]}`),
  },
  {
    name: 'drops',
    does: `the connection breaks every 3 s, for ${span} s`,
    plant: async ({ proxy }) => {
      for (let i = 0; i < span / 3; i++) {
        proxy.drop();
        await seconds(3);
      }
    },
  },
  on('trades-stalled', 'no trade of BTC-USDT comes, its tickers do', () => without('trades', 'BTC-USDT'), { span: 75 }),
  on('all-trades-stalled', 'no trade comes, tickers do', () => without('trades', undefined), { span: 75 }),
  on('quotes-stalled', 'no ticker of BTC-USDT comes, its trades do', () => without('tickers', 'BTC-USDT'), {
    span: 90,
  }),
  // The last one: what was healed near it would bring its trades again, under the ids that REST knows.
  on('reset-ids', 'trades are numbered from 1 again', resetIds),
];

export const clockFaults: readonly Fault[] = [
  clock('behind-600', -600),
  clock('ahead-600', 600),
  clock('ahead-7200', 7_200),
];
