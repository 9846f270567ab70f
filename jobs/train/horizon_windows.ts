import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { modelNamed } from '#models/catalogue.ts';
import { requireBlocks } from '#models/validation/bootstrap.ts';
import { defaultInitialShare } from '#models/validation/walk_forward.ts';
import { type HorizonRequest, type ModelHorizon, modelHorizons } from './horizons.ts';
import { type PreparedWindow, prepareFrame } from './prepared_window.ts';
import type { WindowRequest } from './window.ts';

/** A request for the windows of several models, each at its own horizons. */
export interface WindowsRequest extends Omit<WindowRequest, 'horizon'>, HorizonRequest {}

/** Why a model has no run at a horizon. */
export interface FailedTraining extends ModelHorizon {
  reason: string;
}

export interface HorizonWindows {
  /** One for each horizon, the nearest first: labels of another horizon are another frame, and may be of other symbols. */
  windows: PreparedWindow[];
  /** Horizons of a model's own, after its first, for which so few bars give no p-value. */
  passedOver: FailedTraining[];
  /** What has no window. */
  failed: FailedTraining[];
}

/**
 * Prepares a window with its frame for each horizon of a request. One that cannot be prepared does not end the others, and
 * one that nobody asked for, and that needs more bars than are wanted, is passed over.
 * @throws UserError of the nearest horizon where there is no window at all; other errors at once
 */
export async function prepareWindows(
  context: { db: QuestDb; dataDir: string },
  request: WindowsRequest,
  onProgress?: (what: string, done: number, total: number) => void,
): Promise<HorizonWindows> {
  const passedOver = tooFar(request);
  const wanted = modelHorizons(request).filter(
    ({ model, horizon }) => !passedOver.some((each) => each.model === model && each.horizon === horizon),
  );
  const byHorizon = Map.groupBy(wanted, ({ horizon }) => horizon);
  const windows: PreparedWindow[] = [];
  const failed: FailedTraining[] = [];
  let first: UserError | undefined;
  for (const [horizon, asked] of [...byHorizon].sort(([a], [b]) => a - b)) {
    try {
      windows.push(await prepareFrame(context, { ...request, horizon }, onProgress));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      first ??= error;
      failed.push(...asked.map((each) => ({ ...each, reason: error.message })));
    }
  }
  if (windows.length === 0 && first) throw first;
  return { windows, passedOver, failed };
}

/** Test parts are what is left of the bars after the initial training part; a p-value needs several blocks of them. */
function tooFar(request: WindowsRequest): FailedTraining[] {
  if (request.horizon !== undefined) return [];
  const tested = Math.floor(request.bars * (1 - defaultInitialShare));
  return modelHorizons(request).flatMap(({ model, horizon }) => {
    if (horizon === modelNamed(model).horizons[0]) return [];
    try {
      requireBlocks(tested, horizon);
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [{ model, horizon, reason: error.message }];
    }
  });
}

/** Symbols that were passed over at any horizon, each with its first reason. */
export function skippedOf(windows: readonly Pick<PreparedWindow, 'skipped'>[]): PreparedWindow['skipped'] {
  const all = windows.flatMap(({ skipped }) => skipped);
  return all.filter(({ symbol }, i) => all.findIndex((each) => each.symbol === symbol) === i);
}
