import { join } from 'node:path';
import { UserError } from '#lib/errors.ts';
import { firstLines, lineParts } from './line_parts.ts';
import { type Mapping, mappedColumns, resolveMapping } from './mapping.ts';
import { mustExist } from './text_file.ts';
import type { TickFile } from './tick_file.ts';
import { type TimeOptions, timeOfText } from './time_reading.ts';

export interface TicksCsvOptions {
  venue: string;
  mapping: Mapping;
  time: TimeOptions;
}

/**
 * Any CSV file of trades or quotes, plain, gzipped or zipped, whose first line names its columns; the delimiter is found
 * in it. A row is a line: no cell may have a line break.
 * @throws UserError when the file is missing or empty, or the mapping does not fit its header
 */
export async function ticksCsv(path: string, { venue, mapping, time }: TicksCsvOptions): Promise<TickFile> {
  mustExist(path);
  const [first] = await firstLines(path, 1);
  if (!first?.text.trim()) throw new UserError(`${path} has no header.`, 'Its first line must name its columns.');
  const delimiter = delimiterOf(first.text);
  const header = cellsOf(first.text, delimiter);
  const resolved = resolveMapping(path, header, mapping);
  const cell = (column: string) => `cells[${header.indexOf(column) + 1}]`;
  const timeOf = (name: 'ts' | 'received_at') => {
    const source = resolved.get(name);
    return source && 'column' in source ? timeOfText(`trimmed(${cell(source.column)})`, time) : undefined;
  };
  const at = timeOf('ts');
  return {
    path,
    venue,
    source: 'archive',
    numbered: resolved.has('event_id'),
    identity: JSON.stringify([[...resolved], time]),
    async *parts(scratch, from, bytes) {
      for await (const part of lineParts(path, join(scratch, 'lines'), Math.max(from, first.bytes), bytes))
        yield {
          lines: { file: part.file, delimiter: delimiter.charCodeAt(0) },
          end: part.end,
          share: part.share,
          rows: part.lines,
          reading: {
            from: 'cells',
            columns: {
              ...mappedColumns(resolved, cell, (column) => `number_of(${cell(column)})`),
              ts: at?.micros,
              received_at: timeOf('received_at')?.micros,
            },
            timeUnit: at?.unit,
            raw: 'line',
            refused: `CASE WHEN len(cells) <> ${header.length} THEN 'malformed row' END`,
          },
        };
    },
  };
}

function delimiterOf(header: string): string {
  const counts = [',', ';', '\t', '|'].map((each) => [each, header.split(each).length] as const);
  return counts.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

function cellsOf(line: string, delimiter: string): string[] {
  return line.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}
