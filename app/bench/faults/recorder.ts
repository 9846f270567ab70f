import { isFields } from '#ingest/normalise/fields.ts';

/** A row of market data that was handed to ingest. */
export interface Delivered {
  /** When, on the wall clock (milliseconds). */
  at: number;
  symbol: string;
  kind: 'trade' | 'quote';
  /** As the exchange writes them: milliseconds, decimal text, size in contracts. */
  ts: number;
  id: string;
  price: string;
  size: string;
  side: string;
  bid: string;
  ask: string;
  /** The text of the frame, where it was not readable any more when it was delivered. */
  broken: string | undefined;
}

/** Everything that was delivered, kept apart from ingest and by none of its code. */
export class Recorder {
  readonly rows: Delivered[] = [];

  /** Takes note of a text that was sent; `original` is what it was before the way did harm to it. */
  sent(text: string, original: string): void {
    const readable = rowsOf(text);
    const at = Date.now();
    const rows = readable ?? rowsOf(original) ?? [];
    for (const row of rows) this.rows.push({ ...row, at, broken: readable ? undefined : text });
  }
}

function rowsOf(text: string): Omit<Delivered, 'at' | 'broken'>[] | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    // Cut off or no JSON at all: its rows are those of the original.
    return undefined;
  }
  if (!isFields(frame) || !isFields(frame.arg) || !Array.isArray(frame.data) || frame.data.length === 0)
    return undefined;
  const kind = frame.arg.channel === 'trades' ? 'trade' : 'quote';
  return frame.data.filter(isFields).map((row) => {
    const field = (name: string) => (row[name] === undefined ? '' : String(row[name]));
    return {
      ...{ symbol: field('instId'), kind, ts: Number(row.ts), id: field('tradeId'), size: field('size') },
      ...{ price: kind === 'trade' ? field('price') : field('last'), side: field('side') },
      ...{ bid: field('bidPrice'), ask: field('askPrice') },
    };
  });
}
