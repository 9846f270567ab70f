import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preparePython } from '#app/bench/python.ts';
import type { Figure } from '#app/bench/report.ts';
import type { Context } from '#app/context.ts';
import { warmupBars } from '#features/catalogue.ts';
import { UserError } from '#lib/errors.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import { loadMarket } from './bench_market.ts';
import { benchClose } from './close.ts';
import { type FeatureBenchOptions, peersFolder } from './context.ts';
import { benchFamilies } from './families.ts';
import { benchFill } from './fill.ts';
import { benchFrame } from './frame.ts';
import { benchOlder } from './older.ts';
import { ServerTime } from './server_time.ts';

export const featureParts = ['fill', 'frame', 'close', 'families', 'older'] as const;

/**
 * All parts of `bench features`, or one.
 * @throws UserError on a server that is not its own, when there are no recordings, or peers are wanted and Python or its packages are not to be had
 */
export async function benchFeatures(
  { db, config }: Pick<Context, 'db' | 'config'>,
  options: FeatureBenchOptions,
  onProgress: (what: string) => void,
): Promise<Figure[]> {
  if (config.questdb.host !== undefined)
    throw new UserError(
      'bench features empties the feature table time and again, so it does not run on a server of yours.',
      'Unset the host of QuestDB for it: it then starts one of its own.',
    );
  if (options.only === 'older' && !options.peers)
    throw new UserError('The part older is a comparison with a peer.', 'Leave --no-peers out.');
  // First what may fail for want of something, then the long work.
  const python = options.peers ? await preparePython(peersFolder, onProgress) : undefined;
  const history = warmupBars('1m') + options.bars;
  // Each size is a market of its own: this process remembers what it has found whole, also of the last size's server.
  const venue = `bench-features-${options.symbols}`;
  const market = loadMarket(config.recordings, options.symbols, history + options.closes, venue);
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-bench-'));
  try {
    onProgress(`storing ${history} bars of ${options.symbols} symbols`);
    await market.store(db, 0, history);
    await viewsCurrent(db);
    const bench = { ...options, db, market, server: new ServerTime(config), python, directory, onProgress };
    const wanted = (part: (typeof featureParts)[number]) => options.only === undefined || options.only === part;
    return [
      ...(wanted('fill') ? await benchFill(bench) : []),
      ...(wanted('frame') ? await benchFrame(bench) : []),
      ...(wanted('families') ? await benchFamilies(bench) : []),
      ...(wanted('older') && python ? await benchOlder(bench, config.recordings, python) : []),
      // Last, for it adds bars.
      ...(wanted('close') ? await benchClose(bench, history) : []),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
