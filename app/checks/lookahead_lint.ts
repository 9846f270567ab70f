import { families } from '#features/catalogue.ts';
import type { FamilyFile } from '#features/header.ts';
import { featureTimeframes } from '#lib/timeframe.ts';
import { statement, statementsIn } from '#sql/read.ts';

/** A place in a statement that may read what comes after a bar. */
export interface Offence {
  file: string;
  line: number;
  reason: string;
}

/** What no statement of features may say, family or not. */
const forbidden: [RegExp, string][] = [
  [/\blead\s*\(/gi, 'lead( reads a later bar'],
  [/\bFOLLOWING\b/gi, 'FOLLOWING reads later bars'],
  [/\blabels_\w+|\blabels_\{\w+\}/gi, 'labels are of what comes after'],
];

/** What a family file may not say besides: it has `bars`, its own steps and {candles}, and these alone. */
const forbiddenInFamilies: [RegExp, string][] = [
  [/\b(?:candles|features)_(?:\w+|\{\w+\})/gi, 'reads a table by its name; {candles} is the only one'],
  [/\bLATEST\s+ON\b/gi, 'LATEST ON reads the last row there is'],
  [/\b(?:now|systimestamp|sysdate)\s*\(/gi, 'depends on when it is run'],
];

/** All statements of sql/features, and what is wrong with them. */
export function checkedStatements(): { files: number; offences: Offence[] } {
  const all = [...new Set(featureTimeframes.flatMap((timeframe) => families(timeframe)))];
  const newest = newestStatements();
  const engine = engineStatements();
  return {
    files: all.length + newest.length + engine.length,
    offences: [
      ...all.flatMap(familyOffences),
      ...newest.flatMap(({ file, text }) => newestOffences(file, text)),
      ...engine.flatMap((each) => futureReads(each)),
    ],
  };
}

/** What families say of one bar. */
export function newestStatements(): { file: string; text: string }[] {
  return statementsIn('features/families')
    .filter((name) => name.endsWith('.newest'))
    .map((name) => ({ file: `sql/${name}.sql`, text: statement(name) }));
}

/** Statements of sql/features that are no families: what the engine reads bars with. */
export function engineStatements(): { file: string; text: string }[] {
  return statementsIn('features').map((name) => ({ file: `sql/${name}.sql`, text: statement(name) }));
}

/** Looks in a statement for what reads later bars. */
export function futureReads({ file, text }: { file: string; text: string }, rules = forbidden): Offence[] {
  const bare = withoutComments(text);
  return rules.flatMap(([pattern, reason]) =>
    [...bare.matchAll(pattern)].map((match) => ({ file, line: lineOf(bare, match.index), reason })),
  );
}

/**
 * Looks in a family file for what could read later bars: what is forbidden by name, relations other than its own, and
 * windows that are neither within one bar nor in the order of time. An aggregate over all bars is not seen here; the
 * comparison with truncated data sees it.
 */
export function familyOffences(family: Pick<FamilyFile, 'file' | 'text'>): Offence[] {
  const bare = withoutComments(family.text);
  const at = (index: number, reason: string) => ({ file: family.file, line: lineOf(bare, index), reason });
  const steps = new Set(
    [...bare.matchAll(/(?:\bWITH\s+|,\s*)(\w+)\s+AS\s*\(/gi)].map(([, name]) => name.toLowerCase()),
  );
  const relations = relationsOf(bare)
    // long_sequence counts, and reads nothing.
    .filter(({ name }) => !['bars', '{candles}', 'long_sequence'].includes(name) && !steps.has(name.toLowerCase()))
    .map(({ name, index }) => at(index, `${name} is neither bars, {candles} nor a step of the file`));
  const windows = [...bare.matchAll(/\bOVER\s*\(|\b\w+\s+AS\s*\(\s*(?=PARTITION\b|ORDER\b)/gi)]
    .map((match) => ({ index: match.index, spec: upToClosing(bare, match.index + match[0].length) }))
    .filter(({ spec }) => !withinBar(spec) && !inOrderOfTime(spec))
    .map(({ index }) => at(index, 'the window is neither within one bar nor in the order of time'));
  return [...futureReads(family), ...futureReads(family, forbiddenInFamilies), ...relations, ...windows].sort(
    (a, b) => a.line - b.line,
  );
}

/**
 * Looks in a statement of one bar for what could read later bars. Its bars end with that one; it may read candles up to it and
 * stored rows before it, and no window of it can reach farther.
 */
export function newestOffences(file: string, text: string): Offence[] {
  const bare = withoutComments(text);
  const bounded: Record<string, RegExp> = {
    '{candles}': /^[^)]*\bts <= :from\b/i,
    'features_{timeframe}': /^[^)]*\bts (?:= :last|BETWEEN :recall AND :last)\b/i,
  };
  const unbounded = relationsOf(bare)
    .filter(({ name }) => name in bounded)
    .filter(({ name, index }) => !bounded[name].test(bare.slice(index).replaceAll(/\((?:[^()]|\([^()]*\))*\)/g, ' ')))
    .map(({ name, index }) => ({ file, line: lineOf(bare, index), reason: `${name} is not bounded by the bar` }));
  const withoutStored = text.replaceAll('features_{timeframe}', ' '.repeat('features_{timeframe}'.length));
  return [
    ...futureReads({ file, text }),
    ...futureReads({ file, text: withoutStored }, forbiddenInFamilies),
    ...unbounded,
  ];
}

function relationsOf(bare: string): { name: string; index: number }[] {
  return [...bare.matchAll(/(?<!:)\b(?:FROM|JOIN)\s+([\w{}]+)/gi)].map(({ 1: name, index }) => ({ name, index }));
}

/** The same text with blanks for comments and strings, so that places stay what they are. */
function withoutComments(text: string): string {
  return text.replace(/--[^\n]*|'(?:[^']|'')*'/g, (match) => match.replace(/[^\n]/g, ' '));
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** The text from here to the parenthesis that closes it. */
function upToClosing(text: string, from: number): string {
  let depth = 1;
  let end = from;
  while (end < text.length && depth > 0) {
    if (text[end] === '(') depth++;
    if (text[end] === ')') depth--;
    end++;
  }
  return text.slice(from, end - 1);
}

/** Partitioned by the time of the bar: a comparison of symbols at that bar. */
function withinBar(spec: string): boolean {
  const partition = /PARTITION\s+BY\s+(.*?)(?:\bORDER\b|\bROWS\b|\bRANGE\b|$)/is.exec(spec)?.[1] ?? '';
  return partition.split(',').some((column) => /^(?:\w+\.)?ts$/i.test(column.trim()));
}

function inOrderOfTime(spec: string): boolean {
  const order = /ORDER\s+BY\s+(.*?)(?:\bROWS\b|\bRANGE\b|$)/is.exec(spec)?.[1].trim() ?? '';
  return /^(?:\w+\.)?ts(?:\s+ASC)?$/i.test(order);
}
