import { join } from 'node:path';
import { UserError } from '#lib/errors.ts';
import { type FirstLine, firstLines, lineParts } from './line_parts.ts';
import type { Table, TableOptions } from './table.ts';
import { timeOfText } from './time_reading.ts';

/**
 * A file of delimited text, plain, gzipped or zipped: its delimiter is found in its first line, which names the columns
 * unless they are given. A row is a line: no cell may have a line break.
 * @throws UserError when it is empty, or its first line does not fit
 */
export async function delimitedTable(path: string, { columns, decimalComma = false }: TableOptions): Promise<Table> {
  const [first] = await firstLines(path, 1);
  if (!first?.text.trim()) throw new UserError(`${path} is empty or begins with an empty line.`, whatFirst);
  const delimiter = delimiterOf(first.text, columns, decimalComma);
  const cells = cellsOf(first.text, delimiter);
  const figures = cells.some((cell) => /^[-+]?\d+(?:[.,]\d+)?$/.test(cell));
  if (figures && !columns)
    throw new UserError(`${path} begins with figures: ${clipped(first)}. It has no header.`, whatFirst);
  if (columns && cells.length !== columns.length)
    throw new UserError(
      `${path} begins with ${clipped(first)}, which has ${cells.length} cells where ${columns.length} are expected.`,
      `Its columns must be ${columns.join(', ')}.`,
    );
  const header = [...(columns ?? cells)];
  const start = figures ? markOf(first) : first.bytes;
  const cell = (column: string) => `cells[${header.indexOf(column) + 1}]`;
  /** Expressions for the cells of times, each of which becomes a column. */
  const times: string[] = [];
  const plain = (text: string) => (decimalComma ? `decimal_comma(${text})` : text);
  return {
    path,
    columns: header,
    text: (column) => `trimmed(${cell(column)})`,
    number: (column) => `number_of(${plain(cell(column))})`,
    time(column, options) {
      const text = `trimmed(${cell(column)})`;
      times.push(decimalComma && !options.format ? `replace(${text}, ',', '.')` : text);
      const name = `time_${times.length}`;
      return timeOfText(name, options, `${name}_whole`);
    },
    identity: { columns, decimalComma },
    async *parts(_used, scratch, from, bytes) {
      for await (const part of lineParts(path, join(scratch, 'lines'), Math.max(from, start), bytes))
        yield {
          lines: { file: part.file, delimiter: delimiter.charCodeAt(0) },
          end: part.end,
          share: part.share,
          rows: part.lines,
          relation: {
            from: withTimes(times),
            raw: 'line',
            refused: `CASE WHEN len(cells) <> ${header.length} THEN 'malformed row' END`,
          },
        };
    },
  };
}

/** The cells with the text of each time and its whole number as columns of their own, named time_1 and time_1_whole. */
function withTimes(times: readonly string[]): string {
  if (times.length === 0) return 'cells';
  const texts = times.map((text, i) => `${text} AS time_${i + 1}`).join(', ');
  const wholes = times.map((_, i) => `whole_of(time_${i + 1}) AS time_${i + 1}_whole`).join(', ');
  return `(SELECT *, ${wholes} FROM (SELECT *, ${texts} FROM cells))`;
}

const whatFirst = 'Its first line must name its columns, or give their names: --columns time,price,….';

const clipped = ({ text }: FirstLine) => JSON.stringify(text.slice(0, 100));

/** The one that makes as many cells as there are columns, else most cells. */
function delimiterOf(line: string, columns: readonly string[] | undefined, decimalComma: boolean): string {
  const present = [';', '\t', '|', ','].filter((each) => cellsOf(line, each).length > 1);
  const possible = decimalComma && present.length > 1 ? present.filter((each) => each !== ',') : present;
  const fitting = possible.find((each) => cellsOf(line, each).length === columns?.length);
  const most = possible.sort((a, b) => cellsOf(line, b).length - cellsOf(line, a).length);
  return fitting ?? most[0] ?? ',';
}

function cellsOf(line: string, delimiter: string): string[] {
  const mark = delimiter === '|' ? '\\|' : delimiter;
  const cells = [...`${delimiter}${line}`.matchAll(new RegExp(`${mark}( *"(?:[^"]|"")*" *|[^${mark}]*)`, 'g'))];
  return cells.map(([, cell]) => cell.trim().replace(/^"(.*)"$/, (_, text: string) => text.replaceAll('""', '"')));
}

/** The length of a byte order mark, which is no part of the text. */
function markOf({ text, bytes }: FirstLine): number {
  return bytes - Buffer.byteLength(text) >= 3 ? 3 : 0;
}
