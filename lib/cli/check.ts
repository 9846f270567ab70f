import { Command } from 'commander';
import type { Checked } from '#lib/checks/finding.ts';
import { checkGaps } from '#lib/checks/gaps.ts';
import { type Scope, type ScopeRequest, scopesOf } from '#lib/checks/scope.ts';
import { checkVolume } from '#lib/checks/volume.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { withServices } from './context.ts';
import { printJson, printTable, say, thousands } from './output.ts';
import { moment, positiveNumber, symbolList } from './parse.ts';

type Check = (db: QuestDb, scope: Scope) => Promise<Checked>;

/** Lines of the table; `--json` has all. */
const shown = 50;

export function checkCommand(): Command {
  const command = new Command('check').description(
    'look for what is wrong with stored data; exit code 1 and a list where something is',
  );
  add(command, 'gaps', 'gaps that are not healed, minutes without a bar, partial bars', checkGaps);
  add(command, 'volume', 'sizes of ticks = 1m = 5m … = 1d, and our bars = the exchange’s own', checkVolume);
  return command;
}

function add(parent: Command, name: string, description: string, check: Check): void {
  parent
    .command(name)
    .description(description)
    .option('--venue <name>', 'whose market (default: each that has data)')
    .option('--symbols <list>', 'separated by commas (default: all)', symbolList)
    .option('--days <n>', 'the newest days of each venue (default: all)', positiveNumber)
    .option('--from <time>', '2026-03-01 or 2026-03-01T12:00, UTC', moment)
    .option('--to <time>', 'exclusive', moment)
    .option('--json', 'print one JSON document')
    .action(async ({ json = false, ...request }: ScopeRequest & { json?: boolean }) => {
      if (request.days !== undefined && request.from !== undefined)
        throw new UserError('--days and --from both say where to begin.', 'Give one of them.');
      const venues = await withServices({}, async ({ db }) => {
        const checked: Checked[] = [];
        for (const scope of await scopesOf(db, request)) checked.push(await check(db, scope));
        return checked;
      });
      const found = venues.reduce((sum, { findings }) => sum + findings.length, 0);
      if (json) printJson({ check: name, sound: found === 0, venues });
      else for (const checked of venues) print(checked);
      if (found > 0)
        throw new UserError(
          `check ${name}: ${venues.some(({ more }) => more) ? 'more than ' : ''}${thousands(found)} findings.`,
          'See docs/operating.md for what to do about them.',
        );
    });
}

function print({ venue, symbols, from, to, looked, notes, findings }: Checked): void {
  const counts = Object.entries(looked).map(([what, count]) => `${thousands(count)} ${what}`);
  say(`${venue}: ${symbols} symbols, ${from.slice(0, 16)} to ${to.slice(0, 16)}; ${counts.join(', ')}.`, false);
  for (const note of notes) say(`  ${note}`, false);
  if (findings.length === 0) {
    say('  sound', false);
    return;
  }
  printTable(
    ['', 'symbol', 'from', 'to', ''],
    findings.slice(0, shown).map((row) => [row.what, row.symbol, row.from, row.to ?? '–', row.detail]),
  );
  if (findings.length > shown) say(`  and ${thousands(findings.length - shown)} more: --json lists them`, false);
}
