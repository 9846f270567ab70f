import type { Checked } from '#app/checks/finding.ts';
import type { Offence } from '#app/checks/lookahead_lint.ts';
import { printTable, say, thousands } from '#app/terminal.ts';

/** Lines of the table; `--json` has all. */
const shown = 50;

/** What a check has found in one venue, for people. */
export function printFindings({ venue, symbols, from, to, looked, notes, findings }: Checked): void {
  const counts = Object.entries(looked).map(([what, count]) => `${thousands(count)} ${what}`);
  say(`${venue}: ${symbols} symbols, ${from.slice(0, 16)} to ${to.slice(0, 16)}; ${counts.join(', ')}.`, false);
  for (const note of notes) say(`  ${note}`, false);
  if (findings.length === 0) {
    say('  no findings', false);
    return;
  }
  printTable(
    ['', 'symbol', 'from', 'to', ''],
    findings.slice(0, shown).map((row) => [row.what, row.symbol, row.from, row.to ?? '–', row.detail]),
  );
  if (findings.length > shown) say(`  and ${thousands(findings.length - shown)} more; --json lists all of them`, false);
}

/** What the texts of statements say that they must not. */
export function printOffences({ files, offences }: { files: number; offences: readonly Offence[] }): void {
  say(`sql/features: ${files} statements read; ${offences.length === 0 ? 'none reads later bars' : ''}`, false);
  for (const { file, line, reason } of offences) say(`  ${file}:${line}: ${reason}`, false);
}
