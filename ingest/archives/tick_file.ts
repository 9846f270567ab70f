import type { TickSource } from '#ingest/feed.ts';
import type { Micros } from '#lib/time.ts';
import type { RowReading } from './tick_columns.ts';

/** The sound rows of one symbol, kind and UTC day. Times in microseconds, inclusive. */
export interface DayOfTicks {
  symbol: string;
  kind: 'trade' | 'quote';
  day: number;
  rows: number;
  first: Micros;
  last: Micros;
  /** Of the rows that have a price; null where none has. */
  pricedFrom: Micros | null;
  pricedTo: Micros | null;
  buys: number;
  sells: number;
}

/** How far the import of one file has come. */
export interface ImportState {
  path: string;
  /** When the import began: `received_at` of its rows, also after an interruption. */
  began: Micros;
  /** Where the next part begins. */
  position: number;
  done: boolean;
  /** Rows read, refused ones included. */
  read: number;
  rejected: { [reason: string]: { rows: number; example: string | null } };
  /** Sound rows that the format has a remark on. */
  remarked: number;
  /** Refused rows kept in the table. */
  kept: number;
  days: DayOfTicks[];
  /** What QuestDB counted when all was in; -1 before. */
  stored: number;
  /** Whether the bars of its ticks have been made. */
  closed: boolean;
  /** Time that it took, in seconds, interruptions left out. */
  seconds: number;
}

/** A piece of an archive that is taken in, or not, as a whole. */
export interface FilePart {
  /** A file of lines, which become the relation `cells` (columns `line` and the list `cells`). */
  lines?: { file: string; delimiter: number };
  /** How to read its rows. Valid until the next part but one is asked for. */
  reading: RowReading;
  /** Where the next part begins; for `parts(from)` after an interruption. */
  end: number;
  /** Share of the file that is read with this part, 0 to 1. */
  share: number;
  /** Rows that the file has in this part, where that is known without reading them. */
  rows?: number;
}

/** A file of ticks, however they are written down. */
export interface TickFile {
  path: string;
  venue: string;
  source: TickSource;
  /** Whether its rows have ids. Rows without get one from their content. */
  numbered: boolean;
  /** Of Binance's archives: whether trades are aggregated, so that single ones would count their volume twice. */
  aggregated?: boolean;
  /** The time up to which the archive is known to be complete, in microseconds; undefined: up to its last row. */
  until?: number;
  /** The names of its instruments, where the format tells them without all of the file being read. */
  names?: readonly string[];
  /** What else decides how the file is read. A change makes the import a new one. */
  identity: string;
  /** What people should know beside the counts. */
  remarks?: (state: ImportState) => string[];
  /**
   * The parts from a position on, in a fixed order.
   * @param scratch a folder for files in between
   * @param bytes text in one part
   */
  parts(scratch: string, from: number, bytes: number): AsyncIterable<FilePart>;
}
