import { join } from 'node:path';
import { addDays } from '#ingest/archives/import_state.ts';
import type { PartReader, ReadFile, RefusedRow, RefusedRows } from '#ingest/archives/part_reader.ts';
import { readAhead } from '#ingest/archives/read_ahead.ts';
import { survey } from '#ingest/archives/survey.ts';
import type { DayOfTicks, FilePart, ImportState, TickFile } from '#ingest/archives/tick_file.ts';
import type { TickLoader } from '#ingest/archives/tick_loader.ts';
import { touchingRows } from '#ingest/archives/touching.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportQuery } from '#lib/questdb/export.ts';
import { bind, Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { statement } from '#sql/read.ts';

/** Parts that QuestDB takes at the same time: each insertion keeps one of its threads busy. */
const lanes = 2;
/** Refused rows of one file that are kept in the table; all are counted. */
const keptRows = 1_000;
/** One trade may have come with its time cut off to seconds. */
const second = 1_000_000;

export interface Context {
  db: QuestDb;
  log: Logger;
  loader: TickLoader;
  reader: PartReader;
  scratch: string;
  partBytes: number;
  /** The states of all imports into this data directory. */
  others: readonly ImportState[];
}

interface Hooks {
  save: () => void;
  progress: (share: number) => void;
}

/** What is known of a part once it has been read, to be noted when it is stored. */
interface ReadPart {
  stored: Promise<void>;
  end: number;
  share: number;
  read: number;
  remarked: number;
  duplicates: number;
  reused: number;
  days: DayOfTicks[];
  refused: RefusedRows[];
  rows: RefusedRow[];
}

/**
 * Brings the rest of one file in, part by part: while QuestDB takes some, the next is read. The state is saved as parts are
 * acknowledged, in their order.
 */
export async function importTickFile(
  context: Context,
  file: TickFile,
  id: string,
  state: ImportState,
  { save, progress }: Hooks,
): Promise<void> {
  const began = performance.now() - state.seconds * 1000;
  const { db, reader, scratch, partBytes } = context;
  const found = await survey(reader.database, file, scratch, partBytes);
  if (state.position === 0) {
    state.stretches = found.stretches;
    if (!file.numbered) state.touching = await touchingRows(db, file, state, context.others);
  }
  const reading: ReadFile = { file, survey: found, place: placeOf(file), began: state.began, touching: state.touching };
  await reader.begin(reading);
  const waiting: ReadPart[] = [];
  const acknowledged: ReadPart[] = [];
  // Rows without an id are numbered on from the part before: after an interruption that one is read again.
  const heldBack = file.numbered ? 0 : 1;
  const noteOldest = async (keep: number) => {
    const part = waiting.shift()!;
    await part.stored;
    acknowledged.push(part);
    while (acknowledged.length > keep) await note(context.db, file, state, acknowledged.shift()!);
    state.seconds = (performance.now() - began) / 1000;
    save();
    progress(part.share);
  };
  save();
  try {
    await context.loader.tidy(id);
    let number = 0;
    let lines = state.read;
    const newest = new Map<string, Micros>();
    for await (const part of readAhead(file.parts(scratch, state.position, partBytes))) {
      // Trades of before are only found in QuestDB once they are there.
      const settleBefore = async () => {
        while (waiting.length > 0) await noteOldest(heldBack);
        await db.applied(['ticks']);
      };
      const read = await readPart(context, reading, part, { name: `${id}-${number++}`, lines, newest, settleBefore });
      lines += read.read;
      waiting.push(read);
      if (waiting.length >= lanes) await noteOldest(heldBack);
    }
    while (waiting.length > 0) await noteOldest(waiting.length > 1 ? heldBack : 0);
  } finally {
    await Promise.allSettled(waiting.map(({ stored }) => stored));
  }
}

/** Files that each lie within one instant are taken in the order of the last number in their names. */
function placeOf({ path }: TickFile): number {
  const number = /(\d{1,9})\D*$/.exec(path)?.[1];
  return number === undefined ? 0 : Number(number) % 1_000_000;
}

interface Place {
  /** Of files that are written on the way. */
  name: string;
  /** Rows of the file before the part. */
  lines: number;
  /** Time of the newest row of each symbol before it. */
  newest: Map<string, Micros>;
  /** Resolves when QuestDB has and shows all parts before. */
  settleBefore: () => Promise<void>;
}

async function readPart(context: Context, reading: ReadFile, part: FilePart, place: Place): Promise<ReadPart> {
  const { db, loader, reader } = context;
  const { file } = reading;
  const { rows, remarked, repeated } = await reader.read(reading, part, place.lines);
  const days = await reader.days();
  const behind = days.some(({ symbol, first }) => first < (place.newest.get(symbol) ?? 0));
  if (behind) await place.settleBefore();
  const stored = await storedTrades(context, reading, days, behind, place.name);
  let fates = { duplicates: 0, reused: 0 };
  const unsure = file.numbered && (repeated > 0 || (await reader.meetsKnown()));
  if (stored !== undefined || unsure) {
    fates = await reader.settle(file, part, stored);
  }
  if (file.numbered) await reader.remember();
  for (const { symbol, last } of days) place.newest.set(symbol, Math.max(last, place.newest.get(symbol) ?? 0));
  const refused = await reader.refused();
  // Lines that are no text at all.
  const lost = (part.rows ?? rows) - rows;
  if (lost > 0) refused.push({ reason: 'malformed row', rows: lost, example: null });
  if (file.aggregated !== undefined) await refuseDoubledVolume(db, file, days);
  const sound = days.reduce((sum, day) => sum + day.rows, -fates.duplicates);
  const loading = sound > 0 ? await loader.load(reader, file, place.name, sound) : { stored: Promise.resolve() };
  // A failure is met when the part's turn comes; until then nobody listens.
  loading.stored.catch(() => {});
  const kept = refused.length > 0 ? await reader.refusedRows(keptRows) : [];
  return {
    ...loading,
    ...fates,
    end: part.end,
    share: part.share,
    read: rows + Math.max(0, lost),
    remarked,
    days,
    refused,
    rows: kept,
  };
}

/**
 * Exports what QuestDB has of the trades of these days, for telling what is new.
 * @param own whether rows of this import count as well
 * @returns the file, or undefined where it has none
 */
async function storedTrades(
  { db, scratch }: Context,
  { file, began }: ReadFile,
  days: readonly DayOfTicks[],
  own: boolean,
  name: string,
): Promise<string | undefined> {
  const trades = days.filter(({ kind }) => kind === 'trade');
  if (trades.length === 0) return undefined;
  const parameters = {
    venue: file.venue,
    symbols: [...new Set(trades.map(({ symbol }) => symbol))],
    from: new Timestamp(Math.min(...trades.map(({ first }) => first)) - second),
    to: new Timestamp(Math.max(...trades.map(({ last }) => last)) + second),
    began: new Timestamp(own ? 0 : began),
  };
  const [{ rows }] = await db.rows('imports/count_trades', parameters);
  if (rows === 0) return undefined;
  const path = join(scratch, `${name}-stored.parquet`);
  await exportQuery(db, bind(statement('imports/stored_trades'), parameters), path, 'parquet');
  return path;
}

async function note(db: QuestDb, file: TickFile, state: ImportState, part: ReadPart): Promise<void> {
  const kept = part.rows.slice(0, keptRows - state.kept);
  await appendRows(
    db.address,
    'rejected_ticks',
    kept.map(({ symbol, reason, raw }) => ({
      ts: state.began,
      symbols: { venue: file.venue, symbol, source: file.source, reason },
      strings: { raw },
    })),
  );
  state.kept += kept.length;
  state.read += part.read;
  state.remarked += part.remarked;
  state.duplicates += part.duplicates;
  state.reused += part.reused;
  for (const { reason, rows, example } of part.refused) {
    const known = state.rejected[reason];
    state.rejected[reason] = { rows: (known?.rows ?? 0) + rows, example: known?.example ?? example };
  }
  addDays(state.days, part.days);
  state.position = part.end;
}

/** @throws UserError where trades of these minutes are in already by the other kind of archive */
async function refuseDoubledVolume(db: QuestDb, file: TickFile, days: readonly DayOfTicks[]): Promise<void> {
  for (const { symbol, first, last } of days) {
    const [other] = await db.rows('imports/find_other_ids', {
      ...{
        venue: file.venue,
        symbol,
        aggregated: file.aggregated!,
        from: new Timestamp(first),
        to: new Timestamp(last),
      },
    });
    if (other)
      throw new UserError(
        `${symbol} of ${file.venue} has ${file.aggregated ? 'single' : 'aggregated'} trades at ${other.ts.toISOString()} already: with ${file.path} its volume would count twice.`,
        'Keep to one of the two archives, or import this one under another --venue.',
      );
  }
}

/** What QuestDB counts of the rows of this import, once its ticks are applied. */
export async function storedRows(db: QuestDb, { venue, source }: TickFile, { days }: ImportState): Promise<number> {
  if (days.length === 0) return 0;
  const [{ rows }] = await db.rows('imports/count_stored', {
    venue,
    source,
    symbols: [...new Set(days.map((day) => day.symbol))],
    from: new Timestamp(Math.min(...days.map((day) => day.first))),
    to: new Timestamp(Math.max(...days.map((day) => day.last))),
  });
  return rows;
}

/** Whether everything that a finished import has stored is still there. */
export async function isStored(db: QuestDb, file: TickFile, state: ImportState): Promise<boolean> {
  return (await storedRows(db, file, state)) >= state.stored;
}
