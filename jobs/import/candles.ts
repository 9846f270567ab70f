import { type CandleFile, candleFile, type RejectedLine, readCandles } from '#ingest/archives/candles_csv.ts';
import type { ExchangeCandle } from '#ingest/feed.ts';
import { ExchangeCandleWriter } from '#ingest/history/exchange_candles.ts';
import type { CloseClient } from '#jobs/candles/close_client.ts';
import type { Logger } from '#lib/log.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { type Micros, type MinuteRange, minute } from '#lib/time.ts';

/** Refused lines of one file that are kept in the table; all are counted. */
const keptLines = 1_000;

export interface CandleImportRequest {
  paths: string[];
  venue?: string;
  /** How a path becomes a file, where its name and header are not those of our own CSV. */
  open?: (path: string, venue?: string) => CandleFile;
  /** Leave out this many of each file's newest candles: for a history that REST completes. */
  leaveLast?: number;
}

export interface ImportedFile {
  symbol: string;
  venue: string;
  rows: number;
  rejected: number;
  /** Minutes missing between the first and the last. */
  holes: number;
  from: string | null;
  to: string | null;
}

export interface ImportResult {
  rows: number;
  rejected: number;
  files: ImportedFile[];
}

/** Brings candle files in and has the closer take them. All names are checked before the first row is written. */
export async function importCandles(
  context: { db: QuestDb; closeClient: CloseClient; log: Logger },
  request: CandleImportRequest,
  onProgress: (done: number, what: string) => void = () => {},
): Promise<ImportResult> {
  const open = request.open ?? candleFile;
  const files = request.paths.map((path) => open(path, request.venue));
  const imported: ImportedFile[] = [];
  const ranges = new Map<string, MinuteRange>();
  for (const [index, file] of files.entries()) {
    onProgress(index, file.symbol);
    const { summary, range } = await importFile(context, file, request.leaveLast ?? 0);
    if (range) ranges.set(file.venue, spanning(ranges.get(file.venue), range));
    imported.push(summary);
  }
  onProgress(files.length, 'closing');
  for (const [venue, range] of ranges) await context.closeClient.close({ venue, symbols: [], ranges: [range] });
  const sum = (pick: (file: ImportedFile) => number) => imported.reduce((total, file) => total + pick(file), 0);
  return { rows: sum((file) => file.rows), rejected: sum((file) => file.rejected), files: imported };
}

async function importFile({ db, log }: { db: QuestDb; log: Logger }, file: CandleFile, leaveLast: number) {
  const writer = new ExchangeCandleWriter(db);
  const times = new Set<Micros>();
  const held: ExchangeCandle[] = [];
  const refused: RejectedLine[] = [];
  let rejected = 0;
  for await (const lines of readCandles(file)) {
    for (const line of lines) {
      if ('candle' in line) hold(held, line.candle);
      else {
        if (rejected++ === 0)
          log.warn({ file: file.path, ...line.rejected }, 'line rejected; further ones of this file are only counted');
        if (refused.length < keptLines) refused.push(line.rejected);
      }
    }
    for (const candle of held.splice(0, Math.max(0, held.length - leaveLast))) {
      times.add(candle.ts);
      await writer.write(candle);
    }
  }
  await writer.flush();
  await keep(db, file, refused);
  const { range } = writer;
  const summary: ImportedFile = {
    symbol: file.symbol,
    venue: file.venue,
    rows: times.size,
    rejected,
    holes: range ? (range.to - range.from) / minute - times.size : 0,
    from: range ? iso(range.from) : null,
    to: range ? iso(range.to - minute) : null,
  };
  return { summary, range };
}

/** What was refused can be looked at in the table, as it came. */
async function keep(db: QuestDb, { venue, symbol }: CandleFile, lines: readonly RejectedLine[]): Promise<void> {
  const ts = Date.now() * 1000;
  await appendRows(
    db.address,
    'rejected_ticks',
    lines.map(({ reason, text }) => ({
      ts,
      symbols: { venue, symbol, source: 'archive', reason },
      strings: { raw: text },
    })),
  );
}

/** Keeps them in order of time, one a minute, the later line winning: an archive's lines may come in any order. */
function hold(held: ExchangeCandle[], candle: ExchangeCandle): void {
  let at = held.length;
  while (at > 0 && held[at - 1].ts >= candle.ts) at--;
  held.splice(at, held[at]?.ts === candle.ts ? 1 : 0, candle);
}

function spanning(a: MinuteRange | undefined, b: MinuteRange): MinuteRange {
  return a ? { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) } : b;
}

function iso(ts: Micros): string {
  return new Date(ts / 1000).toISOString();
}
