import { binanceName } from './binance_name.ts';
import { type CandleFile, mappedCandles } from './mapped_candles.ts';
import { mustExist } from './text_file.ts';

/** The same in both markets; the names are those of the header, where a file has one. */
const columns = [
  ...['open_time', 'open', 'high', 'low', 'close', 'volume', 'close_time', 'quote_volume', 'count'],
  ...['taker_buy_volume', 'taker_buy_quote_volume', 'ignore'],
];

/**
 * A file of one-minute `klines` of Binance's public archive, such as BTCUSDT-1m-2024-08.zip: with or without header, times
 * in milli- or microseconds.
 * @throws UserError when the file is missing, or its name or first line says something else
 */
export async function binanceKlines(path: string, venue: string): Promise<CandleFile> {
  mustExist(path);
  const { instrument } = binanceName(path, '1m');
  return mappedCandles(path, { venue, columns, mapping: new Map([['symbol', instrument]]) });
}
