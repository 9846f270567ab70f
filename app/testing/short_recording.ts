import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const symbols = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'];
/** The newest day is fetched from the local exchange, and the rest is enough for the warm-up before the least training. */
const minutes = 2_000;

/** Settings for which a short recording is enough: the fewest bars that a training takes. */
export const shortTraining = { TICKFOREST_TRAINING_BARS: '500' };

/** How many candles a short recording has. */
export const shortCandles = symbols.length * minutes;

/**
 * A directory of recordings like the given one, with all of its recorded frames and the last 2,000 minutes that three of its
 * symbols have in common. For what does not depend on how long a history is.
 */
export function makeShortRecording(recordings: string, directory: string): void {
  mkdirSync(join(directory, 'candles-1m'), { recursive: true });
  const { recordings: entries } = JSON.parse(readFileSync(join(recordings, 'manifest.json'), 'utf8')) as {
    recordings: { kind: string; path: string }[];
  };
  const frames = entries.filter(({ kind }) => kind === 'blofin-frames');
  const candles = entries.filter(({ kind }) => kind === 'candles-csv');
  writeFileSync(
    join(directory, 'manifest.json'),
    JSON.stringify({ recordings: [{ ...candles[0], path: 'candles-1m', rows: shortCandles }, ...frames] }),
  );
  for (const { path } of frames) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    symlinkSync(join(recordings, path), join(directory, path));
  }
  const files = symbols.map((symbol) => {
    const name = `${symbol}.csv.gz`;
    const [header, ...rows] = gunzipSync(readFileSync(join(recordings, candles[0].path, name)))
      .toString()
      .split('\n');
    return { name, header, rows: rows.filter((row) => row !== '') };
  });
  const timeOf = (row: string) => Number(row.split(',')[0]);
  const end = Math.min(...files.map(({ rows }) => timeOf(rows[rows.length - 1])));
  for (const { name, header, rows } of files) {
    const kept = rows.filter((row) => timeOf(row) <= end && timeOf(row) > end - minutes * 60_000);
    if (kept.length !== minutes) throw new Error(`${name} has ${kept.length} of the last ${minutes} minutes`);
    writeFileSync(join(directory, 'candles-1m', name), gzipSync([header, ...kept, ''].join('\n')));
  }
}
