import { type Fields, isFields } from '#ingest/normalise/fields.ts';
import type { StreamFrame } from './recorded_streams.ts';

const keptTrades = 1_000;

/** The last trades of each stream, for REST. Parsed only when asked for. */
export class Tape {
  readonly #frames = new Map<string, string[]>();

  /** Notes a push. */
  add({ channel, stream, text }: StreamFrame): void {
    if (channel !== 'trades') return;
    const frames = this.#frames.get(stream);
    if (!frames) {
      this.#frames.set(stream, [text]);
      return;
    }
    frames.push(text);
    // Cut now and then instead of at every push.
    if (frames.length > 10 * keptTrades) frames.splice(0, frames.length - keptTrades);
  }

  /** The last trades, oldest first. */
  trades(stream: string, limit: number): Fields[] {
    const frames = this.#frames.get(stream) ?? [];
    return frames.slice(-Math.min(limit, keptTrades)).flatMap((text) => {
      const { data } = JSON.parse(text) as { data: unknown };
      return isFields(data) ? [data] : [];
    });
  }
}
