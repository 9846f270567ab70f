import { Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { withServices } from '#app/context.ts';
import { outputFile } from '#app/output_file.ts';
import { say, thousands } from '#app/terminal.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportQuery, exportTo, type OutputFile } from '#lib/questdb/export.ts';
import { type Answer, onlyReading, readAnswer, type Sent } from '#lib/questdb/reading.ts';
import { Refused } from '#lib/questdb/refused.ts';
import { wholeNumber } from './parse.ts';
import { oneQuery } from './sql/one_query.ts';
import { answerTable } from './sql/table.ts';
import { stopSignal } from './stop_signal.ts';

interface Options {
  limit?: number;
  csv?: boolean;
  json?: boolean;
  out?: string;
  force?: boolean;
}

/** Rows of a table, unless told otherwise; and rows that are fetched, and laid out as one table, at a time. */
const [usualRows, rowsAPart] = [100, 250];

export function sqlCommand(): Command {
  return new Command('sql')
    .description('run a query on QuestDB and print its answer, as a table unless told otherwise')
    .argument('<query>', 'one statement that reads, or - to read it from stdin')
    .option(
      '--limit <n>',
      `first rows only; 0 is all (default: ${usualRows} for a table, otherwise all)`,
      wholeNumber(0),
    )
    .addOption(new Option('--csv', 'print CSV').conflicts(['json', 'out']))
    .addOption(new Option('--json', 'print one JSON array of objects').conflicts('out'))
    .option('--out <file>', 'file to write: .parquet or .csv')
    .option('--force', 'overwrite the file if it exists')
    .addHelpText('after', help)
    .action(async (query: string, options: Options) => {
      const target = options.out === undefined ? undefined : outputFile(options.out, options.force ?? false);
      const statement = oneQuery(query === '-' ? await readAll(process.stdin) : query);
      const { signal, release } = stopSignal();
      try {
        await withServices({ ownSignals: true }, ({ db }) => run(db, statement, options, target, signal));
      } catch (error) {
        if (!signal.aborted) throw error;
        process.exitCode = 130;
      } finally {
        release();
      }
    });
}

const help = `
Examples:
  ./tickforest sql "SHOW TABLES"
  ./tickforest sql "SHOW COLUMNS FROM candles_1m"
  ./tickforest sql "candles_1h WHERE symbol = 'BTC-USDT' LIMIT -24"
  ./tickforest sql --json "SELECT symbol, sum(volume) FROM candles_1d WHERE ts IN '2026-03' GROUP BY symbol"
  ./tickforest sql --out features.parquet "SELECT * FROM features_1m WHERE symbol = 'BTC-USDT'"
  ./tickforest sql - < query.sql

A table rounds doubles to ten digits and shows – where a value is null. If it is too wide for the terminal, texts are cut;
if it is still too wide, it has a line per column. --csv, --json and files have every digit. Times are UTC. In JSON, a whole
number beyond 2^53 is a string.`;

async function run(
  db: QuestDb,
  statement: string,
  { limit, csv, json }: Options,
  target: OutputFile | undefined,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const isTable = !target && !csv && !json;
  const most = (limit ?? (isTable ? usualRows : 0)) || undefined;
  // One row more than is shown tells whether there are more.
  const sent = onlyReading(statement, isTable && most ? most + 1 : most);
  try {
    if (target) {
      await exportQuery(db, sent.text, target.path, target.format, signal);
      say(`Wrote ${target.path}.`, false);
    } else if (csv) await exportTo(db, sent.text, process.stdout, 'csv', signal);
    else {
      const answer = readAnswer(db.address, sent.text, rowsAPart, signal);
      const parts = json ? jsonOf(answer) : tablesOf(answer, most);
      await pipeline(Readable.from(parts), process.stdout, { signal, end: false });
    }
  } catch (error) {
    // Whoever reads, such as `head`, has had enough.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
    throw error instanceof Refused ? explained(error, sent, statement) : error;
  }
}

async function* jsonOf(answer: AsyncIterable<Answer>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const { columns, rows } of answer) {
    const objects = rows.map((row) => JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]))));
    if (objects.length === 0) continue;
    yield before + objects.join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

async function* tablesOf(answer: AsyncIterable<Answer>, most = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  let shown = 0;
  for await (const { columns, rows } of answer) {
    const some = rows.slice(0, most - shown);
    if (some.length > 0 || shown === 0)
      yield answerTable({ columns, rows: some }, process.stdout.columns ?? Number.POSITIVE_INFINITY);
    shown += some.length;
    if (some.length === rows.length) continue;
    yield `The first ${thousands(shown)} rows; there are more. --limit 0 shows all of them, --csv and --out write them.\n`;
    return;
  }
  yield `${thousands(shown)} ${shown === 1 ? 'row' : 'rows'}.\n`;
}

/** The same with what helps; the line where QuestDB stumbles goes to stderr. */
function explained({ reason, position }: Refused, { offset }: Sent, statement: string): UserError {
  // What is not about a place, such as a timeout, is said of the beginning.
  if (position !== undefined && position >= offset)
    process.stderr.write(marked(statement, Math.min(position - offset, statement.length)));
  return new UserError(`QuestDB refuses the statement: ${reason}.`, remedyOf(reason, statement));
}

function marked(statement: string, at: number): string {
  const begin = statement.lastIndexOf('\n', at - 1) + 1;
  const line = statement.slice(begin).split('\n', 1)[0];
  // A tab stays one, so that the mark stands below what it marks.
  return `  ${line}\n  ${line.slice(0, at - begin).replace(/[^\t]/g, ' ')}^\n`;
}

function remedyOf(reason: string, statement: string): string {
  if (reason.startsWith('table does not exist')) return 'List the tables: ./tickforest sql "SHOW TABLES"';
  if (reason.startsWith('Invalid column')) {
    const [, table] = /\bFROM\s+([a-z]\w*)/i.exec(statement) ?? [undefined, 'candles_1m'];
    return `List the columns of a table: ./tickforest sql "SHOW COLUMNS FROM ${table}"`;
  }
  if (reason.startsWith('timeout')) return 'Read less: a shorter span of ts, or fewer symbols.';
  return 'docs/data.md has examples.';
}
