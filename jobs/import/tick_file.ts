import { addDays } from '#ingest/archives/import_state.ts';
import { PartReader, type RefusedRow, type RefusedRows } from '#ingest/archives/part_reader.ts';
import { readAhead } from '#ingest/archives/read_ahead.ts';
import { survey } from '#ingest/archives/survey.ts';
import type { DayOfTicks, FilePart, ImportState, TickFile } from '#ingest/archives/tick_file.ts';
import type { TickLoader } from '#ingest/archives/tick_loader.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';

/** Parts that QuestDB takes at the same time: each insertion keeps one of its threads busy. */
const lanes = 2;
/** Refused rows of one file that are kept in the table; all are counted. */
const keptRows = 1_000;

interface Context {
  db: QuestDb;
  log: Logger;
  loader: TickLoader;
  scratch: string;
  partBytes: number;
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
  const reader = await PartReader.open(context.scratch, context.loader.draft(id));
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
    await survey(reader.database, file, context.scratch, context.partBytes);
    let number = 0;
    for await (const part of readAhead(file.parts(context.scratch, state.position, context.partBytes))) {
      waiting.push(await readPart(context, reader, file, part, `${id}-${number++}`, state.began));
      if (waiting.length >= lanes) await noteOldest(heldBack);
    }
    while (waiting.length > 0) await noteOldest(waiting.length > 1 ? heldBack : 0);
    state.stored = await storedRows(context.db, file, state);
    state.done = true;
    save();
  } finally {
    await Promise.allSettled(waiting.map(({ stored }) => stored));
    await reader.close();
  }
}

async function readPart(
  { db, loader }: Context,
  reader: PartReader,
  file: TickFile,
  part: FilePart,
  name: string,
  now: number,
): Promise<ReadPart> {
  const { rows, remarked } = await reader.read(file, part, now);
  const [days, refused] = [await reader.days(), await reader.refused()];
  // Lines that are no text at all.
  const lost = (part.rows ?? rows) - rows;
  if (lost > 0) refused.push({ reason: 'malformed row', rows: lost, example: null });
  if (file.aggregated !== undefined) await refuseDoubledVolume(db, file, days);
  const sound = days.reduce((sum, day) => sum + day.rows, 0);
  const loading = sound > 0 ? await loader.load(reader, file, name, sound) : { stored: Promise.resolve() };
  // A failure is met when the part's turn comes; until then nobody listens.
  loading.stored.catch(() => {});
  const kept = refused.length > 0 ? await reader.refusedRows(keptRows) : [];
  return {
    ...loading,
    end: part.end,
    share: part.share,
    read: rows + Math.max(0, lost),
    remarked,
    days,
    refused,
    rows: kept,
  };
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

/** What QuestDB counts of the rows of this import. */
async function storedRows(db: QuestDb, { venue, source }: TickFile, { days }: ImportState): Promise<number> {
  if (days.length === 0) return 0;
  await db.applied(['ticks']);
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
