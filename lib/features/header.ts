import { UserError } from '#lib/errors.ts';

export const families = ['price', 'volume', 'technical', 'volatility', 'regime'] as const;
export type Family = (typeof families)[number];

/** What a value is measured in: the price or volume itself, nothing, 0 or 1, or a number that stands for a kind. */
export const scales = ['level', 'relative', 'flag', 'category'] as const;
export type Scale = (typeof scales)[number];

/** How far a changed bar alters later values: so many bars, and first to the end of its UTC day or month. */
export interface Reach {
  until: 'bars' | 'day' | 'month';
  bars: number;
}

/**
 * The relations of bars that a family file may read; they differ in how far before the first emitted bar they begin.
 */
export const relations = ['bars', 'approach', 'history'] as const;
export type Relation = (typeof relations)[number];

/** One feature, as its header in sql/features states it. */
export interface Feature {
  name: string;
  family: Family;
  scale: Scale;
  /** Both bounds belong to the range and may be infinite. */
  range: readonly [number, number];
  /** Bars needed before a bar for its value to rest on whole windows; of an EMA twice its period. */
  warmup: number;
  reach: Reach;
  formula: string;
  /** Values stated for what would divide by zero: a number or the name of a column, and when. Empty: it never does. */
  undefinedAs: readonly { value: string; when: string }[];
  source: string;
  /** SQL over columns of the feature table by which a model of many symbols sees it; null when it does not. */
  input: string | null;
  /** Why there is no input. */
  inputReason: string | null;
  file: string;
  /** The bars that its file reads. */
  reads: Relation;
}

interface Entry {
  key: string;
  text: string;
  line: number;
}

const free = new Set(['purpose', 'grain', 'trap', 'parameters']);
const ofFeature = ['formula', 'null', 'source', 'input'] as const;
const featureLine =
  /^([a-z][a-z0-9_]*): (\w+) in \[(-?[\d.]+|-inf), (-?[\d.]+|inf)\], warm-up (\d+), reach (?:(\d+)|(day|month)(?: \+ (\d+))?)$/;

/**
 * Reads the header of a family file: its leading comment lines. A line is `-- key text`; a line that goes on is
 * indented by eight blanks after the dashes. `reads` names the relation of bars, once a file. `family` holds for the
 * features after it; `feature` opens a feature, which needs exactly one `formula`, `null`, `source` and `input`, in
 * this order. Free text has the keys purpose, grain, trap and parameters.
 *
 *     -- reads   bars
 *     -- family  technical
 *     -- feature rsi_14: relative in [0, 100], warm-up 14, reach 14
 *     -- formula 100 - 100 / (1 + mean gain / mean loss)
 *     -- null    50 when no move in the 14 bars
 *     -- source  Wilder (1978)
 *     -- input   rsi_14
 *
 * @throws UserError that names file and line
 */
export function parseHeader(text: string, file: string): Feature[] {
  const fail = (line: number, reason: string): never => {
    throw new UserError(`${file}:${line}: ${reason}.`, 'See lib/features/header.ts for the grammar of the headers.');
  };
  const entries = readEntries(text, fail);
  const features: Feature[] = [];
  let family: Family | undefined;
  let reads: Relation | undefined;
  for (let i = 0; i < entries.length; i++) {
    const { key, text: value, line } = entries[i];
    if (free.has(key)) continue;
    if (key === 'family') {
      family =
        families.find((name) => name === value) ??
        fail(line, `"${value}" is no family; they are ${families.join(', ')}`);
      continue;
    }
    if (key === 'reads') {
      if (reads) fail(line, 'the file has said already what it reads');
      reads =
        relations.find((name) => name === value.split(',')[0]) ??
        fail(line, `"${value}" does not begin with ${relations.join(', ')}`);
      continue;
    }
    if (key !== 'feature') fail(line, `"${key}" stands outside of a feature or is no key`);
    if (!family || !reads) return fail(line, 'a feature stands before the first family or before what the file reads');
    const fields = ofFeature.map((name, offset) => {
      const entry = entries[i + 1 + offset];
      if (entry?.key !== name)
        fail(entry?.line ?? line, `"${name}" is expected here, the feature at line ${line} needs it`);
      return entry;
    });
    features.push({ ...feature(entries[i], fields, fail), family, file, reads });
    i += ofFeature.length;
  }
  if (features.length === 0) fail(1, 'the header has no feature');
  return features;
}

type Fail = (line: number, reason: string) => never;

function readEntries(text: string, fail: Fail): Entry[] {
  const entries: Entry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.startsWith('--')) break;
    if (line === '--') continue;
    const more = /^-- {8,}(\S.*)$/.exec(line);
    const entry = /^-- ([a-z]+) +(\S.*)$/.exec(line);
    if (more) {
      const last = entries.at(-1) ?? fail(index + 1, 'nothing that could go on stands before this line');
      last.text += ` ${more[1].trimEnd()}`;
    } else if (entry) {
      entries.push({ key: entry[1], text: entry[2].trimEnd(), line: index + 1 });
    } else {
      fail(index + 1, `"${line}" is not of the form "-- key text"`);
    }
  }
  return entries;
}

function feature(opening: Entry, fields: Entry[], fail: Fail): Omit<Feature, 'family' | 'file' | 'reads'> {
  const match = featureLine.exec(opening.text);
  if (!match)
    return fail(opening.line, 'not of the form "name: scale in [min, max], warm-up n, reach n | day | month [+ n]"');
  const [, name, scaleName, low, high, warmup, bars, until, more] = match;
  const scale =
    scales.find((known) => known === scaleName) ??
    fail(opening.line, `"${scaleName}" is no scale; they are ${scales.join(', ')}`);
  const range = [low, high].map((bound) =>
    bound.endsWith('inf') ? Number(`${bound.replace('inf', '')}Infinity`) : Number(bound),
  );
  if (!(range[0] < range[1])) fail(opening.line, `[${low}, ${high}] is no range`);
  const [formula, nulls, source, input] = fields;
  const none = /^none: (.+)$/.exec(input.text);
  if (input.text.startsWith('none') && !none)
    fail(input.line, 'an input that is none needs its reason: "none: reason"');
  return {
    name,
    scale,
    range: [range[0], range[1]],
    warmup: Number(warmup),
    reach:
      bars === undefined
        ? { until: until as 'day' | 'month', bars: Number(more ?? 0) }
        : { until: 'bars', bars: Number(bars) },
    formula: formula.text,
    undefinedAs: nullRule(nulls, fail),
    source: source.text,
    input: none ? null : input.text,
    inputReason: none ? none[1] : null,
  };
}

function nullRule(entry: Entry, fail: Fail): { value: string; when: string }[] {
  if (/^never\b/.test(entry.text)) return [];
  return entry.text.split('; ').map((part) => {
    const match = /^(-?[\d.]+|[a-z][a-z0-9_]*) when (.+)$/.exec(part);
    if (!match) return fail(entry.line, 'not of the form "never" or "value when condition[; value when condition]"');
    return { value: match[1], when: match[2] };
  });
}
