import type { RowOf } from '#sql/rows.ts';
import { ArchiveDatabase } from './archive_database.ts';
import { rawCandles } from './candle_columns.ts';
import type { CandleFile } from './mapped_candles.ts';
import { survey } from './survey.ts';
import { refusedRaw } from './tick_columns.ts';

export type SoundCandle = RowOf<'imports/sound_candles'>;
export type RefusedCandle = RowOf<'imports/rejected_candles'>;

/** What one part of a file holds: sound candles in the order of time, each bar once, and the rows that are none. */
export interface ReadCandles {
  candles: SoundCandle[];
  refused: RefusedCandle[];
}

/** Text in one part: some ten thousand candles, which are then held in memory. */
const partBytes = 8 << 20;

/**
 * Reads and checks a file of candles, part by part, in a DuckDB of its own.
 * @param scratch a folder for files in between
 * @throws UserError when the file cannot be read to its end, or its times are in more than one unit
 */
export async function* readCandles(
  file: CandleFile,
  scratch: string,
  bytes: number = partBytes,
): AsyncGenerator<ReadCandles> {
  const database = await ArchiveDatabase.open(scratch);
  try {
    await survey(database, file, scratch, bytes);
    for await (const { lines, reading, rows } of file.parts(scratch, 0, bytes)) {
      if (lines) await database.run('imports/read_cells', lines);
      await database.sql(rawCandles(reading));
      await database.run('imports/check_candles');
      const filling = refusedRaw(reading, 'candles');
      if (filling) await database.sql(filling);
      const candles = await database.rows('imports/sound_candles');
      const refused = await database.rows('imports/rejected_candles');
      const [counted] = await database.rows('imports/count_candles');
      // Lines that are no text at all.
      const lost = (rows ?? counted.rows) - counted.rows;
      for (let i = 0; i < lost; i++) refused.push({ symbol: null, reason: 'malformed row', raw: '' });
      yield { candles, refused };
    }
  } finally {
    database.close();
  }
}
