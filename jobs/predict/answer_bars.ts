import { marketNow } from '#jobs/candles/freshness.ts';
import { UserError } from '#lib/errors.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros } from '#lib/timeframe.ts';
import { bringCandles } from '#lib/venue.ts';
import { answerChunk } from './answer_chunk.ts';
import { absentRow } from './answer_rows.ts';
import { openAnswers, seenAnswers } from './open_answers.ts';
import type { PredictRequest, PredictResult } from './request.ts';
import { modelOf } from './speakers.ts';

/** Bars that are read at a time, so that a catch-up of hours is not held in memory. */
const barsAtATime = 60;

/** Bars that lie close together: what is read of them is read from the first to the last. */
function chunksOf<T>(due: ReadonlyMap<Micros, T>, bar: Micros): Map<Micros, T>[] {
  const chunks: { from: Micros; bars: Map<Micros, T> }[] = [];
  for (const [ts, all] of due) {
    const chunk = chunks.at(-1);
    if (chunk && ts - chunk.from < barsAtATime * bar) chunk.bars.set(ts, all);
    else chunks.push({ from: ts, bars: new Map([[ts, all]]) });
  }
  return chunks.map(({ bars }) => bars);
}

/**
 * Answers every bar that is due, the oldest first: each model at each horizon says what it expects of each symbol, or a row
 * says why it does not. A bar whose features may still come waits for them, as long as `limits.patienceSeconds`.
 * One at a time does this, see `limitQueues`.
 */
export async function answerBars(db: QuestDb, dataDir: string, request: PredictRequest): Promise<PredictResult> {
  const { venue, timeframe } = request;
  const bar = barMicros(timeframe);
  const [candles, speakers, now, early] = await Promise.all([
    db.rows('frames/newest_candles', { venue, timeframe }),
    db.rows('runs/predicting', { venue, timeframe }),
    marketNow(db, venue, request.clock),
    seenAnswers(db, request),
  ]);
  const newestBars = new Map(
    candles
      .filter(({ symbol }) => request.symbols?.includes(symbol) ?? true)
      .map((row) => [row.symbol, row.ts.getTime() * 1000]),
  );
  if (newestBars.size === 0)
    throw new UserError(`There are no candles of ${venue}.`, `Fetch them: ${bringCandles(venue)}.`);
  const newest = Math.max(...newestBars.values(), Math.floor(now / bar) * bar - bar);
  const { due, outages, standing, settle } = await openAnswers(db, request, speakers, newestBars, newest, early);
  const context = { request, now, models: new Map(speakers.map((each) => [each, modelOf(dataDir, timeframe, each)])) };

  const passedOver = outages.map((outage) =>
    absentRow(outage, request, { bars: outage.bars }, [
      { code: 'outage', words: `nothing was answered about ${outage.bars} bars: more than are caught up` },
    ]),
  );
  await appendRows(db.address, 'signals', passedOver);
  const total = { made: 0, absent: passedOver.length, waiting: 0 };
  const lacking = new Map<string, string>();
  let wholeTo = newest;
  for (const chunk of chunksOf(due, bar)) {
    const answers = await answerChunk(db, context, chunk);
    await appendRows(db.address, 'signals', [...answers.signals, ...answers.absences]);
    total.made += answers.signals.length;
    total.absent += answers.absences.length;
    total.waiting += answers.waiting.size;
    wholeTo = Math.min(wholeTo, ...[...answers.waiting].map((ts) => ts - bar));
    for (const [symbol, { words }] of answers.lacking) lacking.set(symbol, words);
  }
  await db.applied(['signals']);
  settle(wholeTo);

  const current = standing.filter(({ ts, symbol, absent }) => !absent && ts === newestBars.get(symbol)).length;
  const unusable = [...context.models].flatMap(([{ model, horizon }, loaded]) =>
    'unusable' in loaded ? [{ what: `${model}, ${horizon} bars ahead`, reason: loaded.unusable }] : [],
  );
  const without = [...lacking].map(([what, reason]) => ({ what, reason }));
  return {
    ...{ signals: current + total.made, ...total },
    ...{ models: speakers.length - unusable.length, symbols: newestBars.size - without.length },
    skipped: [...unusable, ...without],
  };
}
