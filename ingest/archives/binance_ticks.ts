import { join } from 'node:path';
import { UserError } from '#lib/errors.ts';
import { binanceName } from './binance_name.ts';
import { firstLines, lineParts } from './line_parts.ts';
import { sidesLeftOut } from './mapped_ticks.ts';
import { mustExist } from './text_file.ts';
import type { TickFile } from './tick_file.ts';

/** The columns of both markets, in the order of the files; spot files have one more, which says nothing about the trade. */
const layouts = {
  trades: { cells: 6, time: 5, maker: 6, header: 'id,price,qty' },
  aggTrades: { cells: 7, time: 6, maker: 7, header: 'agg_trade_id,price,quantity' },
} as const;

const comma = 44;

/**
 * A file of `trades` or `aggTrades` of Binance's public archive (github.com/binance/binance-public-data): with or without
 * header, times in milli- or microseconds, in any order. `is_buyer_maker` means that the taker sold.
 * @throws UserError when the file is missing, empty, or something else by its name or first line
 */
export async function binanceTicks(path: string, kind: 'trades' | 'aggTrades', venue: string): Promise<TickFile> {
  mustExist(path);
  const { symbol, power } = binanceName(path, kind);
  const layout = layouts[kind];
  const [first, ...more] = await firstLines(path, 10);
  if (!first) throw new UserError(`${path} is empty.`, 'Fetch the file again.');
  const cells = first.text.split(',');
  const hasHeader = !/^\d+$/.test(cells[0]);
  const isHeader = hasHeader && first.text.startsWith(layout.header);
  if ((hasHeader && !isHeader) || cells.length < layout.cells || cells.length > layout.cells + 1)
    throw new UserError(
      `${path} begins with ${JSON.stringify(first.text.slice(0, 100))}, which is no line of ${kind}.`,
      `Its columns must be ${layout.header}, … as in Binance's archive.`,
    );
  const prefix = kind === 'aggTrades' ? 'a' : '';
  // One unit a file: milliseconds, or microseconds as spot files have them from 2025 on.
  const stamps = [first, ...more].map(({ text }) => text.split(',')[layout.time - 1]);
  const unit = (stamps.find((each) => /^\d{13,}$/.test(each)) ?? '').length > 13 ? 'us' : 'ms';
  return {
    path,
    venue,
    source: 'archive',
    numbered: true,
    aggregated: kind === 'aggTrades',
    ordered: true,
    tradeIds: kind === 'aggTrades' ? 'count' : undefined,
    identity: kind,
    remarks: sidesLeftOut,
    async *parts(scratch, from, bytes) {
      const start = Math.max(from, hasHeader ? first.bytes : 0);
      for await (const part of lineParts(path, join(scratch, 'lines'), start, bytes)) {
        yield {
          lines: { file: part.file, delimiter: comma },
          end: part.end,
          share: part.share,
          rows: part.lines,
          reading: {
            from: 'cells',
            columns: {
              ts: `micros_of(whole_of(cells[${layout.time}]), split_part(cells[${layout.time}], '.', 2), '${unit}')`,
              symbol: `'${symbol}'`,
              kind: `'trade'`,
              event_id: `CASE WHEN cells[1] <> '' THEN '${prefix}' || cells[1] END`,
              seq: 'cells[1]',
              price: 'number_of(cells[2])',
              size: 'number_of(cells[3])',
              side: `side_of_maker(cells[${layout.maker}])`,
            },
            power,
            remarked: `side_of_maker(cells[${layout.maker}]) IS NULL`,
            raw: 'line',
            refused: `CASE WHEN len(cells) NOT BETWEEN ${layout.cells} AND ${layout.cells + 1} THEN 'malformed row' END`,
          },
        };
      }
    },
  };
}
