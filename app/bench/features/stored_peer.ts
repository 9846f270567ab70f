import { median } from '#app/bench/median.ts';
import type { Python } from '#app/bench/python.ts';
import { bind } from '#lib/questdb/statement.ts';
import type { FeatureBench } from './context.ts';
import { listedFiles } from './listed.ts';
import { candlesOf } from './peers.ts';
import { makeTable } from './tables.ts';

export interface StoredPeer {
  name: string;
  /** From bars in QuestDB to features in QuestDB that can be read. */
  seconds: number;
  /** Of Python and the server together; undefined where the server's cannot be seen. */
  cpuSeconds: number | undefined;
}

/** What we do, done by pandas and the official client, into a table of the same shape. */
export async function runStored(bench: FeatureBench, python: Python, runs: number): Promise<StoredPeer> {
  const { db, market, bars, server } = bench;
  const table = await makeTable(db, 'bench_peer', listedFiles());
  const where = ['--server', `${db.address.host}:${db.address.httpPort}`, '--table', table, '--venue', market.venue];
  const categories = listedFiles().flatMap(({ features }) => features.filter(({ scale }) => scale === 'category'));
  const whole = ['--whole', ...categories.map(({ name }) => name)];
  const much = ['--newest', `${bars}`, '--runs', `${runs}`];
  const { user, password } = db.address;
  const asked = JSON.stringify({ candles: bind(candlesOf, { venue: market.venue }), user, password });
  let said: { seconds: number[]; cpu_seconds: number[]; version: string } | undefined;
  const took = await server.took(async () => {
    said = await python.json('stored.py', [...where, ...much, ...whole], asked);
  });
  await db.query(`DROP TABLE ${table}`);
  const { seconds, cpu_seconds, version } = said!;
  // The server's share of each run, all of them being alike.
  const share = took.cpu === undefined ? undefined : took.cpu / (runs + 1);
  return {
    name: `pandas ${version} and the official client, out of and into QuestDB`,
    seconds: median(seconds),
    cpuSeconds: share === undefined ? undefined : median(cpu_seconds) + share,
  };
}
