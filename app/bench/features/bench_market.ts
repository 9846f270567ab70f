import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Bar, recordedBars } from '#features/testing/bars.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { importCsv } from '#lib/questdb/import_csv.ts';
import { type Micros, minute } from '#lib/time.ts';

/** Rows of one request. */
const chunk = 50_000;

/** A market of recorded minutes: every symbol has the same ones, numbered from 0. */
export class BenchMarket {
  readonly venue: string;
  readonly symbols: readonly string[];
  readonly #bars: readonly (readonly Bar[])[];

  /** @param bars of each symbol */
  constructor(venue: string, symbols: readonly string[], bars: readonly (readonly Bar[])[]) {
    this.venue = venue;
    this.symbols = symbols;
    this.#bars = bars;
  }

  /** Bar-open time of the bar of this number. */
  at(number: number): Micros {
    return this.#bars[0][number].time * 1_000;
  }

  /** Stores these bars of all symbols; they can be read when it resolves. */
  async store(db: QuestDb, from: number, to: number): Promise<void> {
    const step = Math.max(1, Math.floor(chunk / this.symbols.length));
    for (let first = from; first < to; first += step) {
      const csv = [header, ...this.#rows(first, Math.min(to, first + step)), ''].join('\n');
      await importCsv(db, 'candles_1m', csv, ['ts', 'known_at']);
    }
    await db.applied(['candles_1m'], 300_000);
  }

  /** Stores one bar of all symbols, in one statement as the closer does; resolves once the server has it. */
  async close(db: QuestDb, number: number): Promise<void> {
    const rows = this.#rows(number, number + 1).map((row) => {
      const [ts, venue, symbol, open, high, low, close, volume, source, complete, knownAt] = row.split(',');
      return `('${ts}', '${venue}', '${symbol}', ${open}, ${high}, ${low}, ${close}, ${volume}, '${source}', ${complete}, '${knownAt}')`;
    });
    await db.query(`INSERT INTO candles_1m (${header}) VALUES ${rows.join(', ')}`);
  }

  #rows(from: number, to: number): string[] {
    const rows: string[] = [];
    for (let number = from; number < to; number++) {
      for (const [i, symbol] of this.symbols.entries()) {
        const { time, open, high, low, close, volume } = this.#bars[i][number];
        const prices = `${open},${high},${low},${close},${volume}`;
        rows.push(`${stamp(time)},${this.venue},${symbol},${prices},archive,true,${stamp(Date.now())}`);
      }
    }
    return rows;
  }
}

const header = 'ts,venue,symbol,open,high,low,close,volume,source,complete,known_at';

/**
 * A market of so many symbols: those recorded, then the same again under other names.
 * @throws UserError when there are no recordings, or they are too short
 */
export function loadMarket(
  recordings: string | undefined,
  symbols: number,
  bars: number,
  venue = 'bench-features',
): BenchMarket {
  const directory = recordings === undefined ? undefined : join(recordings, 'candles-1m');
  if (recordings === undefined || directory === undefined || !existsSync(directory))
    throw new UserError(
      'There are no recorded candles to compute features of.',
      'Set TICKFOREST_RECORDINGS to their directory.',
    );
  const recorded = readdirSync(directory)
    .map((file) => /^(.+)\.csv\.gz$/.exec(file)?.[1])
    .filter((symbol) => symbol !== undefined)
    .sort()
    .slice(0, symbols);
  const all = recorded.map((symbol) => recordedBars(recordings, symbol, Number.POSITIVE_INFINITY));
  const start = Math.max(...all.map(([first]) => first.time));
  const common = all.map((own) => own.slice(own.findIndex(({ time }) => time === start)).slice(0, bars));
  const last = start + ((bars - 1) * minute) / 1_000;
  for (const [i, own] of common.entries()) {
    if (own.length < bars || own.at(-1)!.time !== last)
      throw new UserError(
        `The recorded candles of ${recorded[i]} are not ${bars} without a hole.`,
        'Ask for fewer bars, or take other recordings.',
      );
  }
  const names = Array.from({ length: symbols }, (_, i) => nameOf(recorded[i % recorded.length], i, recorded.length));
  return new BenchMarket(
    venue,
    names,
    Array.from(names, (_, i) => common[i % recorded.length]),
  );
}

/** `BTC-USDT`, then `BTC2-USDT`, `BTC3-USDT`. */
function nameOf(symbol: string, i: number, recorded: number): string {
  return i < recorded ? symbol : symbol.replace('-', `${Math.floor(i / recorded) + 1}-`);
}

/** In the pattern of `importCsv`. */
function stamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
