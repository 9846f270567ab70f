import { type Cell, tableText } from '#app/terminal.ts';
import type { Answer, Kind, Value } from '#lib/questdb/reading.ts';

/** A text column is cut down to this many characters, rather than that the table is turned. */
const leastWidth = 12;

/** And no value is wider than this in a table that is turned. */
const mostWidth = 48;

interface Shown {
  name: string;
  kind: Kind;
  cells: string[];
  width: number;
}

/**
 * An answer as a table that fits. Texts and arrays are cut where it is too wide, never numbers and times; and where that
 * is not enough, the table is turned: a line a column, beside one another as many rows as fit.
 * @param width of the terminal, in characters
 */
export function answerTable({ columns, rows }: Answer, width: number): string {
  const shown = columns.map(({ name, kind }, i): Shown => {
    const cells = cellsOf(
      rows.map((row) => row[i]),
      kind,
    );
    return { name, kind, cells, width: Math.max(...[name, ...cells].map(widthOf)) };
  });
  const widths = fitted(shown, width);
  if (!widths) return turned(shown, rows.length, width);
  return tableText(
    shown.map(({ name, kind }) => aligned(name, kind)),
    rows.map((_, row) => shown.map(({ kind, cells }) => aligned(cells[row], kind))),
    widths,
  );
}

/** The widest texts give way first. Undefined where the table does not fit for all that. */
function fitted(shown: readonly Shown[], width: number): number[] | undefined {
  const soft = shown.map(({ kind }) => kind === 'text' || kind === 'array');
  const widths = shown.map((each, i) => (soft[i] ? Math.min(each.width, width) : each.width));
  for (let over = frameWidth(widths) - width; over > 0; over--) {
    const widest = Math.max(...widths.filter((each, i) => soft[i] && each > leastWidth));
    const at = widths.findIndex((each, i) => soft[i] && each === widest);
    if (at < 0) return undefined;
    widths[at]--;
  }
  return widths;
}

function turned(shown: readonly Shown[], rows: number, width: number): string {
  const nameWidth = Math.max(...shown.map(({ name }) => widthOf(name)));
  const rowWidths = Array.from({ length: rows }, (_, row) =>
    Math.min(mostWidth, Math.max(String(rows).length, ...shown.map(({ cells }) => widthOf(cells[row])))),
  );
  const blocks: string[] = [];
  for (let from = 0; from < rows; ) {
    let to = from + 1;
    while (to < rows && frameWidth([nameWidth, ...rowWidths.slice(from, to + 1)]) <= width) to++;
    blocks.push(
      tableText(
        ['row', ...rowWidths.slice(from, to).map((_, i) => String(from + i + 1))],
        shown.map(({ name, kind, cells }) => [name, ...cells.slice(from, to).map((cell) => aligned(cell, kind))]),
        [nameWidth, ...rowWidths.slice(from, to)],
      ),
    );
    from = to;
  }
  return blocks.join('');
}

/** The borders, and a blank on both sides of each cell. */
function frameWidth(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each + 3, 1);
}

function aligned(content: string, kind: Kind): Cell {
  return { content, hAlign: kind === 'number' || kind === 'double' ? 'right' : 'left' };
}

function cellsOf(values: readonly Value[], kind: Kind): string[] {
  const texts = values.map((value) => (value === null ? undefined : textOf(value, kind)));
  // As many decimals as some value of the column needs.
  const idle =
    kind === 'time' ? (idleZeros.find((zeros) => texts.every((text) => text?.endsWith(zeros) ?? true)) ?? 'Z') : '';
  return texts.map((text) => (text === undefined ? '–' : kind === 'time' ? `${text.slice(0, -idle.length)}Z` : text));
}

const idleZeros = ['.000000Z', '.000Z', '000Z'];

/** Whole, or to ten digits: what a person can compare. `--json` and `--csv` have every digit. */
function textOf(value: Exclude<Value, null>, kind: Kind): string {
  if (typeof value === 'number' && kind === 'double') {
    const whole = Math.trunc(Math.abs(value)).toString().length;
    return whole > 21 ? String(value) : Number(value.toPrecision(Math.max(10, whole))).toString();
  }
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value).replaceAll('\t', '  ').replace(controls, escaped);
}

// A line break makes a cell of several lines; any other would do something to the terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function widthOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => [...line].length));
}
