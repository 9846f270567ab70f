import { join } from 'node:path';
import { median } from '#app/bench/median.ts';
import { type Figure, figure } from '#app/bench/report.ts';
import { warmupBars } from '#features/catalogue.ts';
import { fillFeatures } from '#features/fill.ts';
import { fetchFeatureFrame, withColumns } from '#features/frames/stored.ts';
import { basic } from '#lib/basic_authentication.ts';
import { plainParquet } from '#lib/questdb/export.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { FeatureBench } from './context.ts';
import { listedNames } from './listed_names.ts';

const runs = 5;

/** The stored rows of all symbols, with the features of the list and with all, into a frame; beside polars on the same export. */
export async function benchFrame({ db, market, directory, python, bars, onProgress }: FeatureBench): Promise<Figure[]> {
  const { venue, symbols } = market;
  await fillFeatures(db, { venue, timeframe: '1m' });
  onProgress(`frame: ${symbols.length} × ${bars} rows, ${runs + 1} times`);
  const first = warmupBars('1m');
  const [from, to] = [market.at(first), market.at(first + bars - 1)];
  const file = join(directory, 'frame.parquet');
  const take = async (features?: readonly string[]) => {
    const seconds: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const began = performance.now();
      const { frame } = await fetchFeatureFrame(db, { venue, timeframe: '1m', symbols, from, to, features }, file);
      seconds.push((performance.now() - began) / 1_000);
      if (frame.rows !== symbols.length * bars)
        throw new Error(`the frame has ${frame.rows} rows instead of ${symbols.length * bars}`);
    }
    return median(seconds.slice(1));
  };
  const listed = listedNames;
  const [ours, all] = [await take(listed), figure('frame_all_s', await take(), 's', 'less')];
  if (!python) return [figure('frame_s', ours, 's', 'less'), all];

  onProgress('frame: polars');
  const window = { timeframe: '1m', venue, symbols, since: new Timestamp(from), until: new Timestamp(to) };
  const query = withColumns('frames/features', '1m', window, listed);
  const url = `${db.httpUrl}/exp?${new URLSearchParams({ query, ...plainParquet })}`;
  const asked = JSON.stringify({ url, authorization: basic(db.address) });
  const peer = await python.json<{ seconds: number[]; version: string }>('read_frame.py', ['--runs', `${runs}`], asked);
  const name = `polars ${peer.version}, the same export`;
  return [figure('frame_s', ours, 's', 'less', { name, value: median(peer.seconds) }), all];
}
