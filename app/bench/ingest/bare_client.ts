import { Sender } from '@questdb/nodejs-client';
import { WebSocket } from 'ws';
import type { QuestDbAddress } from '#lib/questdb/database.ts';

// The peer: a socket, JSON.parse, and the official client with its own defaults, row by row. No spool, no screening, no
// ledger. A process of its own; runs until its parent is gone.
const { address, wsUrl, symbols, table } = JSON.parse(process.argv[2]) as {
  address: QuestDbAddress;
  wsUrl: string;
  symbols: string[];
  table: string;
};
const sender = await Sender.fromConfig(
  `http::addr=${address.host}:${address.httpPort};username=${address.user};password=${address.password};protocol_version=2;`,
);
const socket = new WebSocket(wsUrl, { perMessageDeflate: false });
let chain: Promise<unknown> = Promise.resolve();
socket.on('open', () => {
  const args = symbols.flatMap((instId) => ['trades', 'tickers'].map((channel) => ({ channel, instId })));
  for (const arg of args) socket.send(JSON.stringify({ op: 'subscribe', args: [arg] }));
  setInterval(() => socket.send('ping'), 20_000);
  setTimeout(() => process.send!('ready'), 500);
});
socket.on('message', (data) => {
  const text = data.toString();
  if (text === 'pong') return;
  const { arg, data: rows } = JSON.parse(text);
  for (const row of rows ?? []) {
    sender.table(table).symbol('venue', 'peer').symbol('symbol', arg.instId).symbol('kind', arg.channel);
    sender.stringColumn('event_id', row.tradeId ?? `${row.ts}/${row.askSize}`);
    sender.floatColumn('price', Number(row.price ?? row.last));
    if (row.size) sender.floatColumn('size', Number(row.size) * 0.001);
    if (row.bidPrice) sender.floatColumn('bid', Number(row.bidPrice)).floatColumn('ask', Number(row.askPrice));
    sender.timestampColumn('received_at', Date.now() * 1_000, 'us');
    // `at` may flush by itself, and then must be waited for before the next one.
    const stored = sender.at(Number(row.ts) * 1_000, 'us');
    chain = chain.then(() => stored);
  }
});
socket.on('close', async () => {
  await chain;
  await sender.flush();
  process.send!('done');
});
process.on('disconnect', () => process.exit(0));
