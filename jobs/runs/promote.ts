import { join } from 'node:path';
import { isOfCurrentFeatures, requireCurrentFeatures } from '#jobs/train/feature_set.ts';
import type { Run } from '#jobs/train/run.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { readFrame } from '#lib/questdb/parquet.ts';
import { readArtifact, readMetadata, readOutOfFold } from '#models/artifact.ts';
import { compareWithChampion } from '#models/champion.ts';
import { type ChampionComparison, gate, gateRunOf } from '#models/promotion_gate.ts';
import { OtherFormatError, type TrainedModel } from '#models/trained.ts';

export interface PromotionDecision {
  model: string;
  horizon: number;
  run_id: string;
  passes: boolean;
  /** Why, or why not. */
  reasons: string[];
}

/** What has one champion at a time. */
export interface Title {
  venue: string;
  timeframe: string;
  model: string;
  /** Bars ahead: the losses of other horizons are of other labels. */
  horizon: number;
}

/**
 * Makes a run the champion of its model and horizon if it passes the gate, which compares it with the standing champion on
 * rows that neither has seen. A run that is champion already stays so. A champion of another definition of the features, or
 * in another format, predicts no more, and does not stand in the way.
 * @throws UserError when there is no such run, or its artifact or the champion's cannot be used
 */
export async function promoteRun(db: QuestDb, dataDir: string, runId: string): Promise<PromotionDecision> {
  const [row] = await db.rows('runs/by_id', { run_id: runId });
  if (!row) throw new UserError(`There is no run ${runId}.`, 'See ./tickforest report for the ids.');
  const { model, timeframe, horizon, venue } = row;
  const directory = join(dataDir, row.artifact);
  const { metadata: run } = readArtifact<Run>(directory);
  requireCurrentFeatures(run);
  const champion = (await db.rows('runs/champions', { venue, timeframe })).find(
    (each) => each.model === model && each.horizon === horizon,
  );
  if (champion?.run_id === runId)
    return { model, horizon, run_id: runId, passes: true, reasons: ['it is the champion already'] };

  let comparison: ChampionComparison | null = null;
  const standing = champion && predictingChampion(join(dataDir, champion.artifact ?? ''));
  if (standing) {
    const { frame } = await readFrame(join(dataDir, run.frame.file));
    comparison = compareWithChampion(readOutOfFold(directory), frame, standing);
  }
  const decision = gate(gateRunOf(run), comparison);
  if (decision.passes)
    await record(db, { venue, model, timeframe, horizon }, runId, 'promoted', decision.reasons.join('; '));
  return { model, horizon, run_id: runId, ...decision };
}

/** The champion's model; undefined where it is of other features or of an artifact's other format, and predicts no more. */
function predictingChampion(directory: string): TrainedModel | undefined {
  if (!isOfCurrentFeatures(readMetadata<Run>(directory))) return undefined;
  try {
    return readArtifact<Run>(directory).trained;
  } catch (error) {
    if (error instanceof OtherFormatError) return undefined;
    throw error;
  }
}

/**
 * Brings back the champion before the present one.
 * @param of without a horizon it is of the only one that has had a champion
 * @throws UserError when there was none, or champions of several horizons to choose from
 */
export async function rollBack(
  db: QuestDb,
  { horizon: asked, ...market }: Omit<Title, 'horizon'> & { horizon?: number },
  reason: string,
): Promise<{ horizon: number; from: string; to: string }> {
  const horizon = asked ?? (await onlyHorizon(db, market));
  const of = { ...market, horizon };
  const history = await db.rows('runs/champion_history', of);
  if (history.length === 0)
    throw new UserError(
      `${of.model} has no champion ${horizon} bars ahead on ${of.timeframe} bars of ${of.venue}.`,
      'Promote a run first: ./tickforest promote RUN.',
    );
  const [{ run_id: from }] = history;
  const to = stackOf(history.map((row) => row.run_id).reverse()).at(-2);
  if (!to)
    throw new UserError(
      `${of.model} has had no champion before ${from}, ${horizon} bars ahead.`,
      'There is nothing to go back to.',
    );
  await record(db, of, to, 'rolled back', reason);
  return { horizon, from, to };
}

async function onlyHorizon(db: QuestDb, { venue, timeframe, model }: Omit<Title, 'horizon'>): Promise<number> {
  const champions = (await db.rows('runs/champions', { venue, timeframe })).filter((each) => each.model === model);
  if (champions.length === 1) return champions[0].horizon;
  if (champions.length === 0)
    throw new UserError(
      `${model} has no champion on ${timeframe} bars of ${venue}.`,
      'Promote a run first: ./tickforest promote RUN.',
    );
  const listed = champions.map(({ horizon, run_id }) => `${horizon} (run ${run_id})`).join(', ');
  throw new UserError(
    `${model} has champions of several horizons on ${timeframe} bars of ${venue}: ${listed}.`,
    'Choose one with --horizon N.',
  );
}

/** Champions that stood one upon the other: going back to one takes those above it away, so that the next goes further back. */
function stackOf(runIds: string[]): string[] {
  const stack: string[] = [];
  for (const id of runIds) {
    const standing = stack.indexOf(id);
    if (standing >= 0) stack.length = standing + 1;
    else stack.push(id);
  }
  return stack;
}

async function record(db: QuestDb, of: Title, runId: string, action: string, reason: string): Promise<void> {
  await db.run('runs/promote', { ...of, run_id: runId, action, reason });
  await db.applied(['model_promotions']);
}
