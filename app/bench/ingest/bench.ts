import type { Figure } from '#app/bench/report.ts';
import type { Context } from '#app/context.ts';
import { benchCandles } from './candles.ts';
import { benchImports } from './imports.ts';
import { benchLive } from './live.ts';

export const ingestParts = ['live', 'imports', 'candles'] as const;

export interface IngestBenchOptions {
  only?: string;
  rate: number;
  seconds: number;
}

/** All parts of `bench ingest`, or one. */
export async function benchIngest(
  context: Context,
  { only, rate, seconds }: IngestBenchOptions,
  onProgress: (what: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const wanted = (part: (typeof ingestParts)[number]) => only === undefined || only === part;
  if (wanted('live')) figures.push(...(await benchLive({ ...context, framesPerSecond: rate, seconds, onProgress })));
  if (wanted('imports')) {
    onProgress('imports: two million rows of each format');
    figures.push(...(await benchImports(context)));
  }
  if (wanted('candles')) figures.push(...(await benchCandles(context, onProgress)));
  return figures;
}
