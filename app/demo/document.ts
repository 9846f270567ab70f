import type { RunSummary } from '#app/report/run_summary.ts';
import type { FailedTraining } from '#jobs/train/horizon_windows.ts';

/** What `demo --json` prints. */
export interface DemoDocument {
  simulated: boolean;
  market: string;
  venue: string;
  ticks: { rows: number; rejected: number; sources: Record<string, number> };
  /** Bars by timeframe. */
  candles: Record<string, number>;
  features: { columns: number; rows: number; nulls: number; infinite: number };
  models: DemoModel[];
  /** Models that could not be trained, with the reason; empty when all went well. */
  failed: FailedTraining[];
  signals: number;
  skipped: { what: string; reason: string }[];
  seconds: {
    setup: number;
    ingest: number;
    candles: number;
    features: number;
    train: number;
    predict: number;
    total: number;
  };
  /** Where the database's console answers, with `--keep`. */
  console: string | null;
}

export interface DemoModel extends RunSummary {
  folds: number;
  fit_seconds: number;
  /** Whether the gate would let it become champion, and why not. */
  promotable: boolean;
  why_not: string[];
}
