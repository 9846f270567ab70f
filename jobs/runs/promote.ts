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
  run_id: string;
  passes: boolean;
  /** Why, or why not. */
  reasons: string[];
}

/**
 * Makes a run the champion of its model if it passes the gate, which compares it with the standing champion on rows that
 * neither has seen. A run that is champion already stays so. A champion of another definition of the features, or in another
 * format, predicts no more, and does not stand in the way.
 * @throws UserError when there is no such run, or its artifact or the champion's cannot be used
 */
export async function promoteRun(db: QuestDb, dataDir: string, runId: string): Promise<PromotionDecision> {
  const [row] = await db.rows('runs/by_id', { run_id: runId });
  if (!row) throw new UserError(`There is no run ${runId}.`, 'See ./tickforest report for the ids.');
  const { model, timeframe, venue } = row;
  const directory = join(dataDir, row.artifact);
  const { metadata: run } = readArtifact<Run>(directory);
  requireCurrentFeatures(run);
  const champion = (await db.rows('runs/champions', { venue, timeframe })).find((each) => each.model === model);
  if (champion?.run_id === runId)
    return { model, run_id: runId, passes: true, reasons: ['it is the champion already'] };

  let comparison: ChampionComparison | null = null;
  const standing = champion && predictingChampion(join(dataDir, champion.artifact ?? ''));
  if (standing) {
    const { frame } = await readFrame(join(dataDir, run.frame.file));
    comparison = compareWithChampion(readOutOfFold(directory), frame, standing);
  }
  const decision = gate(gateRunOf(run), comparison);
  if (decision.passes) await record(db, { venue, model, timeframe }, runId, 'promoted', decision.reasons.join('; '));
  return { model, run_id: runId, ...decision };
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
 * @throws UserError when there was none
 */
export async function rollBack(
  db: QuestDb,
  of: { venue: string; model: string; timeframe: string },
  reason: string,
): Promise<{ from: string; to: string }> {
  const history = await db.rows('runs/champion_history', of);
  if (history.length === 0)
    throw new UserError(
      `${of.model} has no champion on ${of.timeframe} bars of ${of.venue}.`,
      'Promote a run first: ./tickforest promote RUN.',
    );
  const [{ run_id: from }] = history;
  const to = stackOf(history.map((row) => row.run_id).reverse()).at(-2);
  if (!to) throw new UserError(`${of.model} has had no champion before ${from}.`, 'There is nothing to go back to.');
  await record(db, of, to, 'rolled back', reason);
  return { from, to };
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

async function record(
  db: QuestDb,
  of: { venue: string; model: string; timeframe: string },
  runId: string,
  action: string,
  reason: string,
): Promise<void> {
  await db.run('runs/promote', { ...of, run_id: runId, action, reason });
  await db.applied(['model_promotions']);
}
