import { failedAnswers } from '#ingest/local_exchange/faults.ts';
import { type Market, topicKey } from '#ingest/local_exchange/market.ts';
import { type LocalExchange, type ServerOptions, serveMarket } from '#ingest/local_exchange/market_server.ts';
import { BlofinDialogue } from './dialogue.ts';
import { answer } from './rest.ts';
import { Tape } from './tape.ts';

export type { LocalExchange } from '#ingest/local_exchange/market_server.ts';

export interface ExchangeOptions extends ServerOptions<Market> {
  /** Handshakes within a second from one address beyond this many get HTTP 429, as one does at Blofin. Default: no limit. */
  handshakesPerSecond?: number;
  /** Blofin closes after 30 s without traffic. */
  idleMs?: number;
}

/**
 * Starts an exchange on 127.0.0.1 that speaks Blofin's public WebSocket and REST protocols on one port.
 * @throws UserError when the port is taken
 */
export function startExchange(options: ExchangeOptions): Promise<LocalExchange> {
  const { market, idleMs = 30_000, handshakesPerSecond = Infinity } = options;
  const listed = new Set(market.instruments.map((row) => row.instId));
  const tape = new Tape();
  const handshakes = new Map<string, number[]>();
  return serveMarket(options, ({ faults, now, subscribed }) => ({
    note: (frame) => {
      tape.add(frame);
      return topicKey(frame);
    },
    rest: (url) => answer(url, { market, tape, now }),
    failed: (msg) => ({ status: 200, body: { code: '500', msg } }),
    wsPath: '/ws/public',
    dialogueOf: ({ pathname }) => {
      if (!pathname.endsWith('/ws/public')) return undefined;
      const lists = (instId: string) => listed.has(instId);
      return (client, socket) =>
        new BlofinDialogue(client, socket, { faults, lists, idleMs, onSubscribed: subscribed });
    },
    refuses: ({ socket }) => {
      const address = socket.remoteAddress ?? '';
      const time = performance.now();
      const recent = (handshakes.get(address) ?? []).filter((at) => at > time - 1_000);
      if (recent.length >= handshakesPerSecond) return failedAnswers.tooManyRequests;
      handshakes.set(address, [...recent, time]);
      return undefined;
    },
  }));
}
