import { join } from 'node:path';
import { fetchSeenFrame } from '#features/frames/training.ts';
import { knownMomentum, withMomentum } from '#jobs/predict/momentum_known.ts';
import { requireCurrentFeatures } from '#jobs/train/feature_set.ts';
import { UserError } from '#lib/errors.ts';
import { pick, vectorDigest } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import type { FeatureTimeframe } from '#lib/timeframe.ts';
import { readArtifact } from '#models/artifact.ts';
import { predict } from '#models/predict.ts';
import type { TrainedModel } from '#models/trained.ts';
import type { RowOf } from '#sql/rows.ts';

export type Said = RowOf<'checks/said'>;

interface Market {
  venue: string;
  timeframe: FeatureTimeframe;
  symbols: readonly string[];
}

/** Has runs predict stored feature rows once more. Rows that were written anew since are left to `check parity`. */
export class SaidAgain {
  /** Runs that cannot be asked any more, and why. */
  readonly unusable = new Map<string, unknown>();
  readonly #db: QuestDb;
  readonly #dataDir: string;
  readonly #market: Market;
  readonly #models = new Map<string, TrainedModel>();

  constructor(db: QuestDb, dataDir: string, market: Market) {
    this.#db = db;
    this.#dataDir = dataDir;
    this.#market = market;
  }

  /** The signals of a bar whose numbers are not what their run says of the same vector, and how many are. */
  async compare(ts: Micros, said: readonly Said[]): Promise<{ differing: Said[]; same: number }> {
    const { frame } = await fetchSeenFrame(this.#db, { ...this.#market, from: ts, to: ts });
    const result = { differing: [] as Said[], same: 0 };
    if (frame.rows === 0) return result;
    const inNumbers = said.filter(({ raw }) => raw !== null);
    for (const [runId, signals] of Map.groupBy(inNumbers, ({ run_id }) => run_id)) {
      const trained = await this.#modelOf(runId);
      if (!trained) continue;
      const rows = Array.from({ length: frame.rows }, (_, row) => row).filter((row) =>
        signals.some(
          ({ symbol, vector_digest }) =>
            symbol === frame.symbols[frame.symbolOf[row]] &&
            vector_digest === vectorDigest(frame, row, trained.features),
        ),
      );
      const known = await knownMomentum(this.#db, this.#market, [ts], frame.symbols, [trained]);
      const own = withMomentum(pick(frame, Uint32Array.from(rows)), known, trained);
      for (const { symbol, raw } of predict(trained, own)) {
        const stored = signals.find((signal) => signal.symbol === symbol)!;
        const before = stored.raw!;
        if (before.length === raw.length && raw.every((value, i) => Object.is(value, before[i]))) result.same++;
        else result.differing.push(stored);
      }
    }
    return result;
  }

  async #modelOf(runId: string): Promise<TrainedModel | undefined> {
    if (this.#models.has(runId) || this.unusable.has(runId)) return this.#models.get(runId);
    try {
      const [run] = await this.#db.rows('runs/by_id', { run_id: runId });
      if (!run) throw new UserError('it is in no table');
      const { metadata, trained } = readArtifact<{ feature_set: string }>(join(this.#dataDir, run.artifact));
      const { timeframe } = this.#market;
      requireCurrentFeatures({ model: run.model, run_id: runId, timeframe, feature_set: metadata.feature_set });
      this.#models.set(runId, trained);
    } catch (error) {
      this.unusable.set(runId, error);
    }
    return this.#models.get(runId);
  }
}
