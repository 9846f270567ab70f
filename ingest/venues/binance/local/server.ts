import { type LocalExchange, type ServerOptions, serveMarket } from '#ingest/local_exchange/market_server.ts';
import { BinanceDialogue } from './dialogue.ts';
import type { StreamFrame } from './recorded_streams.ts';
import type { BinanceRecording } from './recording.ts';
import { answer } from './rest.ts';
import { Tape } from './tape.ts';

export interface ExchangeOptions extends ServerOptions<BinanceRecording> {
  /** Between two pings of the server; Binance sends one every three minutes. */
  pingMs?: number;
}

/**
 * Which streams each path brings, as at Binance since 2026-04. Where `trade` belongs is not documented: ccxt asks for it on
 * the public path.
 */
const paths: { [path: string]: RegExp } = {
  market: /@(aggTrade|trade)$/,
  public: /@(bookTicker|trade)$/,
};

/**
 * Starts an exchange on 127.0.0.1 that speaks the protocols of Binance USD-M futures, raw and combined streams and REST, on
 * one port.
 * @throws UserError when the port is taken
 */
export function startExchange(options: ExchangeOptions): Promise<LocalExchange> {
  const { market, pingMs = 180_000 } = options;
  const tape = new Tape();
  return serveMarket(options, ({ faults, now, subscribed }) => ({
    note: (frame) => {
      // The playback gives the frames of this market and no others.
      const pushed = frame as StreamFrame;
      tape.add(pushed);
      return pushed.stream;
    },
    rest: (url) => answer(url, { market, tape, now }),
    failed: (msg) => ({ status: 500, body: { code: -1000, msg } }),
    wsPath: '',
    dialogueOf: ({ pathname, searchParams }) => {
      const [, path, form, ...named] = pathname.split('/');
      const brought = Object.hasOwn(paths, path) ? paths[path] : undefined;
      const bare = form === 'ws';
      if (!brought || (!bare && form !== 'stream')) return undefined;
      const brings = (stream: string) => brought.test(stream);
      const lacks = (stream: string) => market.lacks(stream);
      const asked = (bare ? named : (searchParams.get('streams')?.split('/') ?? [])).filter(Boolean);
      return (client, socket) =>
        new BinanceDialogue(client, socket, { faults, brings, lacks, bare, asked, pingMs, onSubscribed: subscribed });
    },
    takers: (text, clients) => {
      const stream = /^\{"stream":"([^"]+)"/.exec(text)?.[1];
      const takers = clients.filter(({ topics }) => stream !== undefined && topics.has(stream));
      return takers.length > 0 ? takers : clients;
    },
  }));
}
