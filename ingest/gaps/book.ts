import { floorMinute, type Micros, minute } from '#lib/time.ts';
import type { GapSink } from './events.ts';

/** A gap whose end is not known. */
export interface OpenGap {
  id: string;
  since: Micros;
  cause: string;
}

/**
 * Writes what happens to the gaps of a feed, and remembers the minutes whose bars are not whole because of them. No call waits
 * for QuestDB; one returns a promise only where the caller has to wait, since the memory for events is full.
 */
export class GapBook {
  readonly #venue: string;
  readonly #events: GapSink;
  readonly #touched = new Set<Micros>();

  constructor(venue: string, events: GapSink) {
    this.#venue = venue;
    this.#events = events;
  }

  /** Events that QuestDB has not taken yet. */
  get waiting(): number {
    return this.#events.waiting;
  }

  flush(timeoutMs?: number): Promise<void> {
    return this.#events.flush(timeoutMs);
  }

  /** The same gap has the same id, however often the spell is ingested. */
  idOf(symbol: string, since: Micros): string {
    return `${this.#venue}/${symbol}/${since}`;
  }

  opened(symbol: string, { id, since, cause }: OpenGap): Promise<void> | undefined {
    const gap = { id, since, cause, symbol, until: null, how: null };
    return this.#events.add({ ...gap, event: 'opened', level: 'trades', at: since });
  }

  /** @param until the end of what was not seen, exclusive */
  bounded(symbol: string, { id, since, cause }: OpenGap, until: Micros): Promise<void> | undefined {
    const gap = { id, since, cause, symbol, until, how: null };
    return this.#events.add({ ...gap, event: 'bounded', level: 'trades', at: until });
  }

  /** Nothing is missing in it after all. */
  healed(symbol: string, { id, since, cause }: OpenGap, until: Micros, how: string): Promise<void> | undefined {
    const gap = { id, since, cause, symbol, until, how };
    return this.#events.add({ ...gap, event: 'healed', level: 'trades', at: until + 1 });
  }

  /** Bars of these minutes must be closed again. */
  touch(from: Micros, to: Micros): void {
    for (let at = floorMinute(from); at <= to; at += minute) this.#touched.add(at);
  }

  get hasTouched(): boolean {
    return this.#touched.size > 0;
  }

  /** Opens of such minutes, each once since the last call. */
  touched(): Micros[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }
}
