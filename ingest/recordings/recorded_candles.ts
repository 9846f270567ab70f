import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type CandleSeries, type CandleTuple, noCandles, type TickerFields } from '#ingest/local_exchange/market.ts';
import { UserError } from '#lib/errors.ts';
import { readManifest } from './manifest.ts';

const unzip = promisify(gunzip);
const dayMs = 86_400_000;
const required = ['open_time', 'open', 'high', 'low', 'close', 'volume'];

/** The rows of one file; text of the columns as recorded, so that nothing is rounded on its way. */
interface CandleFile {
  times: Float64Array;
  /** open, high, low, close, volume (base), quote volume or ''. */
  values: string[][];
}

/**
 * One-minute candles in CSV files (`SYMBOL.csv`, `SYMBOL.csv.gz`; open_time in ms, volume in base coin), each read when it
 * is first asked for.
 */
export class RecordedCandles {
  readonly #paths: Map<string, string>;
  readonly #files = new Map<string, Promise<CandleFile>>();

  private constructor(paths: Map<string, string>) {
    this.#paths = paths;
  }

  /** Of files and directories of files. */
  static async open(paths: string[]): Promise<RecordedCandles> {
    return new RecordedCandles(await filesOf(paths));
  }

  get symbols(): string[] {
    return [...this.#paths.keys()];
  }

  /** The candles of a symbol, all of them closed. */
  async series(symbol: string, contractValue: string): Promise<CandleSeries> {
    const file = await this.#file(symbol);
    return file ? seriesOf(file, contractValue) : noCandles;
  }

  /** The first `rows` candles of a symbol; nothing of them is kept in memory. */
  async head(symbol: string, contractValue: string, rows: number): Promise<CandleSeries> {
    const path = this.#paths.get(symbol);
    return path === undefined ? noCandles : seriesOf(await readCandles(path, rows), contractValue);
  }

  /** The last 24 recorded hours as a ticker without a book; null for a symbol without candles. */
  async summary(symbol: string, contractValue: string): Promise<TickerFields | null> {
    const file = await this.#file(symbol);
    if (!file || file.times.length === 0) return null;
    const { times, values } = file;
    const last = times.length - 1;
    const end = times[last] + 60_000;
    const first = times.findIndex((time) => time >= end - dayMs);
    const day = values.slice(first);
    // Without the noise of a sum of doubles.
    const volume = String(Number(day.reduce((sum, row) => sum + Number(row[4]), 0).toPrecision(15)));
    return {
      ...{ instId: symbol, ts: String(end), last: values[last][3], open24h: day[0][0] },
      high24h: String(day.reduce((high, row) => Math.max(high, Number(row[1])), 0)),
      low24h: String(day.reduce((low, row) => Math.min(low, Number(row[2])), Infinity)),
      ...{ volCurrency24h: volume, vol24h: contracts(volume, contractValue) },
    };
  }

  #file(symbol: string): Promise<CandleFile> | undefined {
    const path = this.#paths.get(symbol);
    if (path === undefined) return undefined;
    let file = this.#files.get(symbol);
    if (!file) {
      file = readCandles(path);
      this.#files.set(symbol, file);
    }
    return file;
  }
}

/** The files of candles of a venue in a directory of recordings, in order of symbol. */
export async function candleFilesOf(directory: string, venue: string): Promise<string[]> {
  const entries = (await readManifest(directory)).filter((entry) => entry.kind === 'candles-csv');
  const paths = entries.filter((entry) => entry.venue === venue).map((entry) => join(directory, entry.path));
  return [...(await filesOf(paths))].sort().map(([, path]) => path);
}

/** Symbol and path of each file of candles among files and directories of files. */
async function filesOf(paths: string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const path of paths) {
    const isDirectory = (await stat(path)).isDirectory();
    const names = isDirectory ? (await readdir(path)).map((name) => join(path, name)) : [path];
    for (const name of names) {
      const symbol = /^([A-Z0-9]+-[A-Z0-9]+)\.csv(\.gz)?$/.exec(basename(name))?.[1];
      if (symbol) files.set(symbol, name);
    }
  }
  return files;
}

function seriesOf({ times, values }: CandleFile, contractValue: string): CandleSeries {
  return {
    length: times.length,
    timeAt: (i) => times[i],
    rowAt: (i): CandleTuple => {
      const [open, high, low, close, base, quote] = values[i];
      return [String(times[i]), open, high, low, close, contracts(base, contractValue), base, quote, '1'];
    },
  };
}

/** Base coin as contracts, without the noise of a division: 0.268 / 0.001 is 268. */
function contracts(base: string, contractValue: string): string {
  return String(Number((Number(base) / Number(contractValue)).toPrecision(15)));
}

/** All rows of a file, or its first ones. */
async function readCandles(path: string, count?: number): Promise<CandleFile> {
  const bytes = await readFile(path);
  const text = (path.endsWith('.gz') ? await unzip(bytes) : bytes).toString('utf8');
  const read = text.split(/\r?\n/, count && count + 1);
  const [header, ...lines] = read.filter((line) => line !== '');
  const names = (header ?? '').split(',');
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(
      `${path} lacks the columns ${missing.join(', ')}.`,
      `Its header must name ${required.join(', ')}.`,
    );
  }
  const [time, ...measures] = required.map((name) => names.indexOf(name));
  const quote = names.indexOf('quote_volume');
  const rows = lines.map((line) => line.split(','));
  const times = Float64Array.from(rows, (row) => Number(row[time]));
  const disorder = times.findIndex((t, i) => !(t > 0) || (i > 0 && t <= times[i - 1]));
  if (disorder >= 0) {
    throw new UserError(`${path} is not ordered by open_time at row ${disorder + 1}.`, 'Sort it, one row a minute.');
  }
  return { times, values: rows.map((row) => [...measures.map((i) => row[i]), quote < 0 ? '' : row[quote]]) };
}
