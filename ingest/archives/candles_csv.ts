import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { multiply } from '#ingest/decimal.ts';
import type { ExchangeCandle } from '#ingest/feed.ts';
import { perCoin } from '#ingest/listing.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { minute } from '#lib/time.ts';
import { linesOf, mustExist } from './text_file.ts';

/** A file of candles, and whose they are. */
export interface CandleFile {
  path: string;
  symbol: string;
  venue: string;
  /** Of a file that may have no header: its columns. */
  columns?: readonly string[];
  /** Its prices are of 10^`power` coins; 0 where left out. */
  power?: number;
}

/** A line that is no candle. `line` counts from 1, the header included. */
export interface RejectedLine {
  line: number;
  reason: string;
  text: string;
}

export type CandleLine = { candle: ExchangeCandle } | { rejected: RejectedLine };

/** 2001 to 2099 in microseconds: a time in seconds falls outside. */
const earliest = 1e15;
const latest = 4.1e15;

const required = ['open_time', 'open', 'high', 'low', 'close', 'volume'] as const;

/**
 * Symbol from the file's name (`BTC-USDT.csv` or `.csv.gz`), venue as given or from a `manifest.json` in the file's folder
 * or the one above.
 * @throws UserError when either cannot be told, or the file does not exist
 */
export function candleFile(path: string, venue?: string): CandleFile {
  mustExist(path);
  const symbol = /^([A-Z0-9]+-[A-Z0-9]+)\.csv(?:\.gz)?$/.exec(basename(path))?.[1];
  if (!symbol)
    throw new UserError(
      `The name of ${basename(path)} does not tell a symbol.`,
      'Name it like BTC-USDT.csv or BTC-USDT.csv.gz.',
    );
  const stated = venue ?? venueFromManifest(path);
  if (!stated)
    throw new UserError(
      `Nothing says which venue ${path} comes from.`,
      'Give --venue NAME, or put a manifest.json beside it.',
    );
  if (!/^[a-z0-9][a-z0-9-]*$/.test(stated))
    throw new UserError(`${JSON.stringify(stated)} is no name of a venue.`, 'Name it like binance-um.');
  return { path, symbol, venue: stated };
}

function venueFromManifest(relativePath: string): string | undefined {
  const path = resolve(relativePath);
  for (const directory of [dirname(path), dirname(dirname(path))]) {
    const file = join(directory, 'manifest.json');
    if (!existsSync(file)) continue;
    const inside = relative(directory, path).split(sep).join('/');
    const entry = recordingsOf(file).find((each) => inside === each.path || inside.startsWith(`${each.path}/`));
    if (entry?.venue) return entry.venue;
  }
  return undefined;
}

function recordingsOf(file: string): { path: string; venue?: string }[] {
  try {
    return (
      (JSON.parse(readFileSync(file, 'utf8')) as { recordings?: { path: string; venue?: string }[] }).recordings ?? []
    );
  } catch (cause) {
    throw new UserError(`${file} could not be read: ${reasonOf(cause)}.`, 'Mend it, or give --venue NAME.', { cause });
  }
}

/**
 * The candles of a CSV file in its order, some thousands at a time. It needs a header with open_time (ms), open, high,
 * low, close, volume (base coin); quote_volume, taker_buy_volume and count are taken where they are. A line that is no
 * candle is yielded as such.
 * @throws UserError when the header lacks a column or the file cannot be read
 */
export async function* readCandles(file: CandleFile): AsyncGenerator<CandleLine[]> {
  let header: string[] | undefined;
  let line = 0;
  for await (const rows of linesOf(file.path)) {
    if (!header && file.columns) header = withoutHeader(file, rows);
    const parsed: CandleLine[] = [];
    for (const row of rows) {
      line++;
      if (header) {
        if (row !== '') parsed.push(parse(file, header, row, line));
        continue;
      }
      // Spreadsheets put a byte order mark before the first name.
      header = row
        .replace(/^\uFEFF/, '')
        .split(',')
        .map((name) => name.trim());
      const lacking = required.filter((name) => !header!.includes(name));
      if (lacking.length > 0) {
        throw new UserError(
          `${file.path} has no column ${lacking.join(', ')}.`,
          `Its first line must name ${required.join(', ')}.`,
        );
      }
    }
    if (parsed.length > 0) yield parsed;
  }
  if (!header) throw new UserError(`${file.path} is empty.`, `Its first line must name ${required.join(', ')}.`);
}

/** The columns that the file must have, as soon as its first line has shown that it starts with figures. */
function withoutHeader({ path, columns }: CandleFile, [first]: string[]): string[] | undefined {
  if (first === undefined || !/^\d+,/.test(first)) return undefined;
  if (first.split(',').length === columns!.length) return [...columns!];
  throw new UserError(
    `${path} begins with ${first.slice(0, 100)}, which is no candle.`,
    `Its columns must be ${columns!.join(', ')}.`,
  );
}

function parse(file: CandleFile, header: string[], row: string, line: number): CandleLine {
  const cells = row.split(',');
  const refuse = (reason: string): CandleLine => ({ rejected: { line, reason, text: row.slice(0, 200) } });
  if (cells.length !== header.length) return refuse(`${cells.length} cells where the header has ${header.length}`);
  const cell = (name: string): number => {
    const text = cells[header.indexOf(name)]?.trim();
    return text ? Number(text) : Number.NaN;
  };
  const optional = (name: string): number | null => (header.includes(name) ? cell(name) : null);
  const [openTime, open, high, low, close, volume] = required.map(cell);
  const extras = [optional('quote_volume'), optional('taker_buy_volume'), optional('count')];
  if (![openTime, open, high, low, close, volume].every(Number.isFinite)) return refuse('a value is not a number');
  if (extras.some((value) => value !== null && !(value >= 0)))
    return refuse('a volume or count is not a number from 0 on');
  // Binance's spot archive has microseconds from 2025 on; the header of other files says milliseconds.
  const ts = file.columns && openTime >= earliest ? openTime : openTime * 1000;
  if (!Number.isSafeInteger(ts) || ts % minute !== 0) return refuse('open_time is no whole minute in milliseconds');
  if (ts < earliest || ts > latest) return refuse('open_time is out of range');
  if (low <= 0) return refuse('a price is not positive');
  if (high < Math.max(open, close) || low > Math.min(open, close))
    return refuse('open or close lies outside low to high');
  if (volume < 0) return refuse('the volume is negative');
  const [quoteVolume, buyVolume, trades] = extras;
  const { venue, symbol, power = 0 } = file;
  const price = (value: number) => perCoin(value, { power });
  const size = (value: number) => (power === 0 ? value : multiply(String(value), { digits: 1, exponent: power }));
  return {
    candle: {
      ...{ venue, symbol, source: 'archive', ts },
      ...{ open: price(open), high: price(high), low: price(low), close: price(close) },
      ...{ volume: size(volume), quoteVolume, buyVolume: buyVolume === null ? null : size(buyVolume), trades },
    },
  };
}
