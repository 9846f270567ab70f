import cliProgress from 'cli-progress';
import Table from 'cli-table3';
import { thousands } from './numbers.ts';

export { short, thousands } from './numbers.ts';

/** The one JSON document of `--json`. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** What stands in a table's cell, or that and its alignment. */
export type Cell = string | number | { content: string; hAlign: 'left' | 'right' };

/** A table for people, on stdout. */
export function printTable(head: string[], rows: (string | number)[][]): void {
  process.stdout.write(tableText(head, rows));
}

/** @param widths of the columns, in characters: what is wider is cut; without them, by content */
export function tableText(head: Cell[], rows: Cell[][], widths?: readonly number[]): string {
  // No rules between the rows: they double a table's height and add nothing.
  const chars = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({
    ...{ head: head as string[], chars, style: { head: [], border: [] } },
    // A blank on both sides.
    ...(widths && { colWidths: widths.map((width) => width + 2) }),
  });
  table.push(...rows);
  return `${table.toString()}\n`;
}

/** A line for people, on stdout, or on stderr where stdout belongs to a JSON document. */
export function say(text: string, json: boolean): void {
  (json ? process.stderr : process.stdout).write(`${text}\n`);
}

/** A bar with ETA for one piece of long work. */
export interface Progress {
  update(done: number, total?: number, what?: string): void;
  end(): void;
}

/** A progress bar on stderr; where that is no terminal, a line at most every five seconds. */
export function progress(title: string, total: number): Progress {
  return process.stderr.isTTY ? bar(title, total) : lines(title, total);
}

function bar(title: string, total: number): Progress {
  const shown = new cliProgress.SingleBar(
    {
      format: `${title.padEnd(10)} {bar} {percentage}% | {value}/{total} | ETA {eta_formatted} | {what}`,
      hideCursor: true,
      clearOnComplete: false,
      barsize: 24,
    },
    cliProgress.Presets.shades_classic,
  );
  shown.start(total, 0, { what: '' });
  return {
    update(done, newTotal, what) {
      if (newTotal !== undefined) shown.setTotal(newTotal);
      shown.update(tenths(done), { what: what ?? '' });
    },
    end: () => shown.stop(),
  };
}

/** Rounded down: what is told as done is done. */
function tenths(done: number): number {
  return Math.floor(10 * done) / 10;
}

function lines(title: string, total: number): Progress {
  let last = Date.now();
  const started = last;
  let [done, of, doing] = [0, total, ''];
  const show = () => {
    const far = Number.isInteger(tenths(done)) ? thousands(tenths(done)) : tenths(done).toFixed(1);
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    process.stderr.write(`${title}: ${doing && `${doing}, `}${far} of ${thousands(of)}, ${seconds} s\n`);
  };
  return {
    update(value, newTotal, what = '') {
      done = value;
      doing = what;
      of = newTotal ?? of;
      if (Date.now() - last < 5_000) return;
      last = Date.now();
      show();
    },
    end() {
      if (done > 0) show();
    },
  };
}
