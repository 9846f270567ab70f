import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RefusedCandle, readCandles, type SoundCandle } from '#ingest/archives/candle_reader.ts';
import { type CandleFile, mappedCandles } from '#ingest/archives/mapped_candles.ts';
import { ExchangeCandleWriter } from '#ingest/history/exchange_candles.ts';
import type { CloseClient } from '#jobs/candles/close_client.ts';
import type { Config } from '#lib/config.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type Micros, type MinuteRange, minute } from '#lib/time.ts';

/** Refused lines of one file that are kept in the table; all are counted. */
const keptLines = 1_000;

export interface CandleImportContext {
  db: QuestDb;
  config: Pick<Config, 'dataDir'>;
  closeClient: CloseClient;
}

export interface CandleImportRequest {
  paths: string[];
  venue?: string;
  /** How a path becomes a file, where nothing is told of its columns. */
  open?: (path: string, venue?: string) => Promise<CandleFile>;
  /** Leave out this many of each file's newest candles: for a history that REST completes. */
  leaveLast?: number;
}

export interface ImportedFile {
  path: string;
  /** All of them, with a blank between. */
  symbol: string;
  venue: string;
  rows: number;
  rejected: number;
  rejected_by_reason: { [reason: string]: number };
  /** An example of each reason. */
  examples: { [reason: string]: string };
  /** Minutes missing between the first and the last of each symbol. */
  holes: number;
  from: string | null;
  to: string | null;
}

export interface ImportResult {
  rows: number;
  rejected: number;
  files: ImportedFile[];
}

/**
 * Opens the files of a request, so that what is wrong with one is told before anything is written.
 * @throws UserError when a file is missing, or does not say what its candles are
 */
export async function candleFilesOf({ paths, venue, open }: CandleImportRequest): Promise<CandleFile[]> {
  const files: CandleFile[] = [];
  for (const path of paths) files.push(await (open ? open(path, venue) : mappedCandles(path, { venue })));
  return files;
}

/** Brings candle files in and has the closer take them. All files are opened before the first row is written. */
export async function importCandles(
  context: CandleImportContext,
  request: CandleImportRequest,
  onProgress: (done: number, what: string) => void = () => {},
): Promise<ImportResult> {
  const files = await candleFilesOf(request);
  const directory = join(context.config.dataDir, 'imports');
  await mkdir(directory, { recursive: true });
  const scratch = await mkdtemp(join(directory, 'scratch-'));
  const imported: ImportedFile[] = [];
  const ranges = new Map<string, MinuteRange>();
  try {
    for (const [index, file] of files.entries()) {
      onProgress(index, file.symbol ?? file.path);
      const { summary, range } = await importFile(context.db, file, scratch, request.leaveLast ?? 0);
      if (range) ranges.set(file.venue, spanning(ranges.get(file.venue), range));
      imported.push(summary);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  onProgress(files.length, 'closing');
  for (const [venue, range] of ranges) await context.closeClient.close({ venue, symbols: [], ranges: [range] });
  const sum = (pick: (file: ImportedFile) => number) => imported.reduce((total, file) => total + pick(file), 0);
  return { rows: sum((file) => file.rows), rejected: sum((file) => file.rejected), files: imported };
}

async function importFile(db: QuestDb, file: CandleFile, scratch: string, leaveLast: number) {
  const writer = new ExchangeCandleWriter(db);
  const times = new Map<string, Set<Micros>>();
  const refused = new Refused();
  let held: SoundCandle[] = [];
  for await (const part of readCandles(file, scratch)) {
    refused.add(part.refused);
    const { ready, rest } = parted(held, part.candles, leaveLast);
    held = rest;
    for (const candle of ready) {
      if (!times.has(candle.symbol)) times.set(candle.symbol, new Set());
      times.get(candle.symbol)!.add(candle.ts);
      await writer.write({ ...candle, venue: file.venue, source: 'archive' });
    }
  }
  await writer.flush();
  await refused.keep(db, file);
  const { range } = writer;
  const summary: ImportedFile = {
    path: file.path,
    symbol: [...times.keys()].sort().join(' ') || (file.symbol ?? ''),
    venue: file.venue,
    rows: [...times.values()].reduce((sum, { size }) => sum + size, 0),
    rejected: refused.rows,
    rejected_by_reason: refused.byReason,
    examples: refused.examples,
    holes: [...times.values()].reduce((sum, each) => sum + holesIn(each), 0),
    from: range ? iso(range.from) : null,
    to: range ? iso(range.to - minute) : null,
  };
  return { summary, range };
}

/** What is no candle: all of it counted, and the first of it kept as it came. */
class Refused {
  rows = 0;
  readonly byReason: { [reason: string]: number } = {};
  readonly examples: { [reason: string]: string } = {};
  readonly #kept: RefusedCandle[] = [];

  add(rows: readonly RefusedCandle[]): void {
    this.rows += rows.length;
    for (const { reason, raw } of rows) {
      this.byReason[reason] = (this.byReason[reason] ?? 0) + 1;
      this.examples[reason] ??= raw.slice(0, 200) || 'no text';
    }
    this.#kept.push(...rows.slice(0, keptLines - this.#kept.length));
  }

  /** Puts them where they can be looked at. */
  async keep(db: QuestDb, file: CandleFile): Promise<void> {
    const ts = Date.now() * 1000;
    await appendRows(
      db.address,
      'rejected_ticks',
      this.#kept.map(({ symbol, reason, raw }) => ({
        ts,
        symbols: { venue: file.venue, symbol: symbol ?? file.symbol ?? null, source: 'archive', reason },
        strings: { raw },
      })),
    );
  }
}

/** Holds back the newest, each bar once, the later line winning: an archive's lines may come in any order. */
function parted(held: readonly SoundCandle[], candles: readonly SoundCandle[], leaveLast: number) {
  const bars = new Map([...held, ...candles].map((candle) => [`${candle.symbol} ${candle.ts}`, candle]));
  const sorted = [...bars.values()].sort((a, b) => a.ts - b.ts);
  const cut = Math.max(0, sorted.length - leaveLast);
  return { ready: sorted.slice(0, cut), rest: sorted.slice(cut) };
}

function holesIn(times: ReadonlySet<Micros>): number {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const ts of times) [first, last] = [Math.min(first, ts), Math.max(last, ts)];
  return (last - first) / minute + 1 - times.size;
}

function spanning(a: MinuteRange | undefined, b: MinuteRange): MinuteRange {
  return a ? { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) } : b;
}

function iso(ts: Micros): string {
  return new Date(ts / 1000).toISOString();
}
