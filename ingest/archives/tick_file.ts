import type { TickSource, TradeIds } from '#ingest/feed.ts';
import type { Pair } from '#ingest/pair_name.ts';
import type { Micros } from '#lib/time.ts';
import type { RowReading } from './tick_columns.ts';

/** The sound rows of one symbol, kind and UTC day, known ones included. Times in microseconds, inclusive. */
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

/** The first and the last event of a symbol in a file. */
export interface Stretch {
  first: Micros;
  last: Micros;
}

/** A name as a file has it, and the pair that it means. */
export interface NamedPair extends Pair {
  name: string;
}

/** What is known of a file as a whole before any of its rows is taken. */
export interface Survey {
  /** An example row of each unit that its times are in; more than one is refused. */
  units: Map<string, string>;
  /** The names that mean a pair. */
  pairs: NamedPair[];
  /** By symbol, whether its rows can be taken or not. */
  stretches: { [symbol: string]: Stretch };
  /** Whether its last line is the oldest, so that its lines are in the reverse order of arrival. */
  newestFirst: boolean;
  rows: number;
}

/** Rows of one symbol, time and content. */
export interface EqualRows {
  symbol: string;
  ts: Micros;
  digest: string;
  rows: number;
}

/** How far the import of one file has come. */
export interface ImportState {
  path: string;
  venue: string;
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
  /** Trades that were known already, and those that are new though their id was known. */
  duplicates: number;
  reused: number;
  /** By symbol, from its survey. */
  stretches: Survey['stretches'];
  /** The same of everything that the venue had before the import began. */
  before: Survey['stretches'];
  /** Rows of other files at the instants that this one begins and ends with, by content: its own count on from them. */
  touching: EqualRows[];
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
  /** The names of its instruments, where the format tells them without all of the file being read. */
  names?: readonly string[];
  /** Whether its format states the order of its rows and the unit of its times; else it is surveyed. */
  ordered?: boolean;
  /** What the ids of its trades say, where the format states it; else that is learned from them. */
  tradeIds?: TradeIds | undefined;
  /** Whether somebody vouches that it has every event from its first to its last one. */
  whole?: boolean | undefined;
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
