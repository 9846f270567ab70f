import type { ExchangeCandle } from '#ingest/feed.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { importCsv } from '#lib/questdb/import_csv.ts';
import { type Micros, minute } from '#lib/time.ts';

const header = 'ts,venue,symbol,source,open,high,low,close,volume,quote_volume,buy_volume,trades,known_at';

/** Rows in one request: about 10 MB of text. */
const batchRows = 100_000;

/**
 * Hands bars that an exchange or archive states to the closer, by way of the table `exchange_candles`. The table keeps one
 * row a bar, so doing it twice changes nothing.
 */
export class ExchangeCandleWriter {
  readonly #db: QuestDb;
  #lines: string[] = [];
  #rows = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  constructor(db: QuestDb) {
    this.#db = db;
  }

  get rows(): number {
    return this.#rows;
  }

  /** The minutes touched so far, `to` exclusive; undefined when there were none. */
  get range(): { from: Micros; to: Micros } | undefined {
    return this.#rows === 0 ? undefined : { from: this.#from, to: this.#to + minute };
  }

  async write(candle: ExchangeCandle): Promise<void> {
    const { open, high, low, close, volume } = candle;
    const cells = [timestamp(candle.ts), candle.venue, candle.symbol, candle.source, open, high, low, close, volume];
    cells.push(candle.quoteVolume ?? '', candle.buyVolume ?? '', candle.trades ?? '', timestamp(Date.now() * 1000));
    this.#lines.push(cells.join(','));
    this.#rows++;
    this.#from = Math.min(this.#from, candle.ts);
    this.#to = Math.max(this.#to, candle.ts);
    if (this.#lines.length >= batchRows) await this.flush();
  }

  /** Resolves when QuestDB has acknowledged everything. */
  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    await importCsv(this.#db, 'exchange_candles', `${header}\n${this.#lines.join('\n')}\n`, ['ts', 'known_at']);
    this.#lines = [];
  }
}

function timestamp(ts: Micros): string {
  return new Date(ts / 1000).toISOString().replace('Z', '000Z');
}
