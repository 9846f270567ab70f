import type { MarketEvent } from '#ingest/feed.ts';
import { unitSeparator } from './sqlite_pages.ts';
import type { RowReading } from './tick_columns.ts';

const separator = String.fromCharCode(unitSeparator);

/** Events of a feed as lines of cells, for formats that are read in TypeScript; null for events that are no rows. */
export function eventLine(event: MarketEvent): string | null {
  if (event.type === 'tick') {
    const { tick } = event;
    const cells = [tick.ts, tick.receivedAt, tick.symbol, tick.kind, tick.eventId, tick.price, tick.size, tick.side];
    cells.push(tick.bid, tick.ask, tick.bidSize, tick.askSize, tick.volume24h, tick.high24h, tick.low24h, tick.seq);
    return cells.map((cell) => cell ?? '').join(separator);
  }
  if (event.type !== 'rejected') return null;
  const { receivedAt, symbol, reason, raw } = event.row;
  const cells: (string | number)[] = [0, receivedAt, symbol ?? '', 'refused', reason];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what separates the cells and lines here
  return [...cells, raw.replace(/[\r\n\u001f]/g, ' ')].join(separator);
}

const numbers = ['price', 'size', 'bid', 'ask', 'bid_size', 'ask_size', 'volume_24h', 'high_24h', 'low_24h'] as const;
/** Where the numbers stand: price and size, the side, then the rest. */
const places = [6, 7, 9, 10, 11, 12, 13, 14, 15];

/** How such lines become ticks. */
export const eventReading: RowReading = {
  from: 'cells',
  columns: {
    ts: 'try_cast(cells[1] AS BIGINT)',
    received_at: 'try_cast(cells[2] AS BIGINT)',
    symbol: `nullif(cells[3], '')`,
    kind: 'cells[4]',
    event_id: 'cells[5]',
    side: `nullif(cells[8], '')`,
    seq: 'cells[16]',
    ...Object.fromEntries(numbers.map((name, index) => [name, `number_of(cells[${places[index]}])`])),
  },
  refused: `CASE WHEN cells[4] = 'refused' THEN cells[5] END`,
  raw: 'cells[6]',
};
