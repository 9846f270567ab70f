import { startExchange } from '#ingest/venues/blofin/local/server.ts';
import { type Load, LoadMarket } from './load_market.ts';

/** What this process says to its parent: its addresses, then how many frames it has sent. */
export type FromExchange = { restUrl: string; wsUrl: string } | { sent: number };

// A process of its own, so that making the load does not count as taking it. Runs until its parent is gone.
const load = JSON.parse(process.argv[2]) as Load;
const exchange = await startExchange({ market: new LoadMarket(load) });
process.on('message', () => exchange.play());
process.on('disconnect', () => process.exit(0));
process.send!({ restUrl: exchange.restUrl, wsUrl: exchange.wsUrl } satisfies FromExchange);
const sent = await exchange.finished;
process.send!({ sent } satisfies FromExchange);
