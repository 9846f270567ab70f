import { join } from 'node:path';
import { type Figure, figure } from '#app/bench/report.ts';
import type { FeatureBench } from './context.ts';
import { exportListed, listedFiles } from './listed.ts';
import { listedNames } from './listed_names.ts';
import { compareWithPeer } from './peer_comparison.ts';
import { runPeers } from './peers.ts';
import type { PeerRun } from './python_peer.ts';
import { type Filled, runFill } from './run_fill.ts';
import { runStored } from './stored_peer.ts';
import { makeTable } from './tables.ts';

const runs = 3;

/**
 * The history of all symbols filled and visible: the features of the list, beside pandas with the official client,
 * which does the same, and peers that compute the same ones in memory and store nothing; then all of the catalogue.
 */
export async function benchFill(bench: FeatureBench): Promise<Figure[]> {
  const { db, onProgress, python, market, symbols, bars } = bench;
  const files = listedFiles();
  onProgress(`fill: the list, ${symbols} × ${bars} bars, ${runs + 1} times`);
  const table = await makeTable(db, 'bench_list', files);
  const list = await runFill(bench, runs, { files, table });
  onProgress('fill: the whole catalogue');
  const all = await runFill(bench, runs);
  const own = [
    figure('fill_cold_s', list.first.wall, 's', 'less'),
    figure('fill_all_s', all.warm.wall, 's', 'less'),
    ...(all.warm.cpu === undefined ? [] : [figure('fill_all_cpu_s', all.warm.cpu, 's', 'less')]),
  ];
  if (!python) return [figure('fill_s', list.warm.wall, 's', 'less'), ...cpu('fill_cpu_s', list), ...own];

  const stored = join(bench.directory, 'stored.parquet');
  await exportListed(db, table, market.venue, stored);
  const request = { directory: bench.directory, newest: bars, runs };
  const peers = await runPeers(db, market.venue, python, request, (peer) => onProgress(`fill: ${peer}`));
  const [pandas, polars, duckdb] = peers;
  onProgress('fill: pandas, with its features stored');
  const pipeline = await runStored(bench, python, runs);
  const agreed: Figure[] = [];
  for (const peer of peers) agreed.push(await agrees(peer, stored, listedNames.length, onProgress));
  return [
    figure('fill_s', list.warm.wall, 's', 'less', { name: pipeline.name, value: pipeline.seconds }),
    figure('fill_beside_pandas_s', list.warm.wall, 's', 'less', { name: pandas.name, value: pandas.seconds }),
    figure('fill_beside_polars_s', list.warm.wall, 's', 'less', { name: polars.name, value: polars.seconds }),
    figure('fill_beside_duckdb_s', list.warm.wall, 's', 'less', { name: duckdb.name, value: duckdb.seconds }),
    ...cpu('fill_cpu_s', list, pipeline),
    ...cpu('fill_cpu_beside_pandas_s', list, pandas),
    ...cpu('fill_cpu_beside_polars_s', list, polars),
    ...cpu('fill_cpu_beside_duckdb_s', list, duckdb),
    ...own,
    ...agreed,
  ];
}

/** How many columns of a peer have the values that we have stored, on all rows. */
async function agrees(
  peer: PeerRun,
  stored: string,
  listed: number,
  onProgress: (what: string) => void,
): Promise<Figure> {
  const found = await compareWithPeer(stored, peer.file);
  const agreeing = found.columns.filter(({ disagreeing }) => disagreeing === 0).length;
  onProgress(
    `fill: ${agreeing} of the ${found.columns.length} columns of ${peer.name} (of ${listed}) agree with the stored ones on ${found.rows} rows`,
  );
  for (const { name, disagreeing } of found.columns)
    if (disagreeing > 0) onProgress(`fill: ${peer.library}: ${name} differs on ${disagreeing} rows`);
  return figure(`${peer.library}_columns_agreeing`, agreeing, 'columns', 'more', {
    name: 'columns it computes',
    value: found.columns.length,
  });
}

function cpu(name: string, { warm }: Filled, peer?: { name: string; cpuSeconds: number | undefined }): Figure[] {
  if (warm.cpu === undefined) return [];
  const beside = peer?.cpuSeconds === undefined ? undefined : { name: peer.name, value: peer.cpuSeconds };
  return [figure(name, warm.cpu, 's', 'less', beside)];
}
