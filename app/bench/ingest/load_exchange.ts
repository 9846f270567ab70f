import { once } from 'node:events';
import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { type Load, LoadMarket } from './load_market.ts';

/** What this process says to its parent: its addresses, then how many frames it has sent. */
export type FromExchange = { restUrl: string; wsUrl: string } | { sent: number };

// A process of its own, so that making the load does not count as taking it. Runs until its parent is gone: who receives the
// load has the time that it takes where the load says so, and is not told that there is no more.
const load = JSON.parse(process.argv[2]) as Load;
const market = new LoadMarket(load, async (sent) => {
  process.send!({ sent } satisfies FromExchange);
  if (load.staysOpen) await once(process, 'disconnect');
});
const exchange = await startExchange({ market });
process.on('message', () => exchange.play());
process.on('disconnect', () => process.exit(0));
process.send!({ restUrl: exchange.restUrl, wsUrl: exchange.wsUrl } satisfies FromExchange);
