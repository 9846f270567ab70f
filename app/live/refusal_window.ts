import type { MarketEvent, RejectReason } from '#ingest/feed.ts';
import { isOfClock, refusals } from '#ingest/refusals.ts';
import type { FeedState } from '#jobs/live_state.ts';

/** What is looked back on, and in which steps. Two minutes after the last refusal nothing is told of it any more. */
const windowMs = 90_000;
const stepMs = 5_000;

interface Step {
  at: number;
  /** Rows that had come by then, since the start. */
  received: number;
  refused: Partial<Record<RejectReason, number>>;
}

/** Refused rows of the last minute and a half, by reason: what has passed is a problem no more. */
export class RefusalWindow {
  readonly #steps: Step[];
  #refused: Step['refused'] = {};
  /** How far the time of the last row that was refused for it lay from our clock, in seconds. */
  #clockOff: number | null = null;

  constructor(now: number = performance.now()) {
    this.#steps = [{ at: now, received: 0, refused: {} }];
  }

  saw(event: MarketEvent): void {
    if (event.type !== 'rejected') return;
    const { reason, receivedAt } = event.row;
    if (!refusals[reason].fault) return;
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
    if (isOfClock(reason) && event.ts !== null) this.#clockOff = (event.ts - receivedAt) / 1e6;
  }

  /** @param received rows that have come so far, those that were refused included */
  read(received: number, now: number = performance.now()): FeedState['refused'] {
    if (now - this.#steps.at(-1)!.at >= stepMs) this.#steps.push({ at: now, received, refused: { ...this.#refused } });
    while (this.#steps.length > 1 && now - this.#steps[1].at >= windowMs) this.#steps.shift();
    const [before] = this.#steps;
    const since = Object.entries(this.#refused).map(([reason, count]) => ({
      reason: reason as RejectReason,
      count: count - (before.refused[reason as RejectReason] ?? 0),
    }));
    const [commonest] = since.toSorted((a, b) => b.count - a.count);
    if (commonest === undefined || commonest.count === 0) return null;
    return {
      seconds: Math.round((now - before.at) / 1_000),
      received: received - before.received,
      refused: since.reduce((sum, { count }) => sum + count, 0),
      reason: commonest.reason,
      clock_off_seconds: isOfClock(commonest.reason) ? this.#clockOff : null,
    };
  }
}
