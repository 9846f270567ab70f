import { UserError } from '#lib/errors.ts';
import { type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';

export const families = [
  'price',
  'volume',
  'technical',
  'volatility',
  'regime',
  'scaled',
  'flow',
  'cross',
  'timeframes',
  'range',
] as const;
export type Family = (typeof families)[number];

/** What a value is measured in: the price or volume itself, nothing, 0 or 1, or a number that stands for a kind. */
export const scales = ['level', 'relative', 'flag', 'category'] as const;
export type Scale = (typeof scales)[number];

/** How far a changed bar alters later values: so many bars, and first to the end of its UTC day or month. */
export interface Reach {
  until: 'bars' | 'day' | 'month';
  bars: number;
}

/** A file of sql/features/families, as its header states it. */
export interface FamilyFile {
  /** Of the file, without its number and ending: the relation that it makes. */
  name: string;
  file: string;
  text: string;
  /** Bars before the first written one that its windows need when what is recursive continues from a stored row. */
  window: number;
  timeframes: readonly FeatureTimeframe[];
  /** Columns of the stored row before the first written one that it continues from, each as `seed_<column>`. */
  state: readonly string[];
  /** Columns that it reads of every stored row of its window, each as `stored_<column>`. */
  recalls: readonly string[];
  features: readonly Feature[];
  /** How it says the newest bar alone, where it has a statement for that. */
  newest?: NewestFile;
}

/**
 * `NNN_name.newest.sql` beside the file of a family: the same columns, of one bar, made of aggregates over its windows and of
 * the stored rows before it. That it says the same is for features/newest.test.ts to hold.
 */
export interface NewestFile {
  text: string;
  /** Bars before the newest one, and stored rows before it, that it reads. */
  window: number;
  stored: number;
}

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
  /** Why it may tell something of what comes; null where none is stated. */
  hypothesis: string | null;
  timeframes: readonly FeatureTimeframe[];
  file: string;
}

interface Entry {
  key: string;
  text: string;
  line: number;
}

const free = new Set(['purpose', 'grain', 'takes', 'trap', 'note']);
const ofFeature = ['formula', 'null', 'source', 'input'] as const;
const featureLine =
  /^([a-z][a-z0-9_]*): (\w+) in \[(-?[\d.]+|-inf), (-?[\d.]+|inf)\], warm-up (\d+), reach (?:(\d+)|(day|month)(?: \+ (\d+))?)$/;

/**
 * Reads the header of a family file: its leading comment lines. A line is `-- key text`; a line that goes on is
 * indented by eight blanks after the dashes. Once a file stand `reads`, with the number of bars before the first written
 * one that its windows need, and where they apply `on` (its timeframes, all unless given), `state` and `recalls` (columns
 * of stored rows, see FamilyFile). `family` holds for the features after it, and so does the `hypothesis` behind it;
 * `feature` opens a feature, which needs exactly one `formula`, `null`, `source` and `input`, in this order. Free text has
 * the keys purpose, grain, takes, trap and note, as in every file of sql/ (see sql/headers.test.ts).
 *
 *     -- reads   bars, window 14
 *     -- family  technical
 *     -- feature rsi_14: relative in [0, 100], warm-up 14, reach 14
 *     -- formula 100 - 100 / (1 + mean gain / mean loss)
 *     -- null    50 when no move in the 14 bars
 *     -- source  Wilder (1978)
 *     -- input   rsi_14
 *
 * @param path of the file, below sql/ and without its ending
 * @throws UserError that names file and line
 */
export function parseFamily(path: string, text: string): FamilyFile {
  const file = `sql/${path}.sql`;
  const name = path.replace(/^.*\/(\d+_)?/, '');
  const fail = (line: number, reason: string): never => {
    throw new UserError(`${file}:${line}: ${reason}.`, 'See features/header.ts for the grammar of the headers.');
  };
  const entries = readEntries(text, fail);
  const once = new Map<string, Entry>();
  for (const entry of entries.filter(({ key }) => ['reads', 'on', 'state', 'recalls'].includes(key))) {
    if (once.has(entry.key)) fail(entry.line, `"${entry.key}" stands here for the second time`);
    once.set(entry.key, entry);
  }
  const timeframes = timeframesOf(once.get('on'), fail);
  const features: Feature[] = [];
  let family: Family | undefined;
  let hypothesis: string | null = null;
  for (let i = 0; i < entries.length; i++) {
    const { key, text: value, line } = entries[i];
    if (free.has(key) || once.has(key)) continue;
    if (key === 'family') {
      family =
        families.find((known) => known === value) ??
        fail(line, `"${value}" is no family; they are ${families.join(', ')}`);
      hypothesis = null;
      continue;
    }
    if (key === 'hypothesis') {
      hypothesis = value;
      continue;
    }
    if (key !== 'feature') fail(line, `"${key}" stands outside of a feature or is no key`);
    if (!family) return fail(line, 'a feature stands before the first family');
    const fields = ofFeature.map((wanted, offset) => {
      const entry = entries[i + 1 + offset];
      if (entry?.key !== wanted)
        fail(entry?.line ?? line, `"${wanted}" is expected here, the feature at line ${line} needs it`);
      return entry;
    });
    features.push({ ...feature(entries[i], fields, fail), family, hypothesis, timeframes, file });
    i += ofFeature.length;
  }
  if (features.length === 0) fail(1, 'the header has no feature');
  return {
    ...{ name, file, text, features, timeframes },
    window: windowOf(once.get('reads'), fail),
    state: namesOf(once.get('state'), fail),
    recalls: namesOf(once.get('recalls'), fail),
  };
}

/**
 * Reads the header of a statement of one bar, whose line `reads` is `bars, window 49; stored rows 1`.
 * @throws UserError that names file and line
 */
export function parseNewest(path: string, text: string): NewestFile {
  const reads = /^-- reads +bars, window (\d+); stored rows (\d+)$/m.exec(text);
  if (!reads)
    throw new UserError(
      `sql/${path}.sql: the header needs a line "reads bars, window n; stored rows n".`,
      'See features/header.ts for the grammar of the headers.',
    );
  return { text, window: Number(reads[1]), stored: Number(reads[2]) };
}

function windowOf(entry: Entry | undefined, fail: Fail): number {
  const match = /^bars, window (\d+)$/.exec(entry?.text ?? '');
  return match ? Number(match[1]) : fail(entry?.line ?? 1, 'the header needs a line "reads bars, window n"');
}

function timeframesOf(entry: Entry | undefined, fail: Fail): readonly FeatureTimeframe[] {
  if (!entry) return featureTimeframes;
  return entry.text
    .split(/,? +/)
    .map(
      (name) =>
        featureTimeframes.find((known) => known === name) ??
        fail(entry.line, `"${name}" is no timeframe of features; they are ${featureTimeframes.join(', ')}`),
    );
}

function namesOf(entry: Entry | undefined, fail: Fail): string[] {
  const names = entry?.text.split(/, */) ?? [];
  const wrong = names.find((name) => !/^[a-z][a-z0-9_]*$/.test(name));
  return wrong === undefined ? names : fail(entry!.line, `"${wrong}" is no name of a column`);
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

type OfFile = 'family' | 'hypothesis' | 'timeframes' | 'file';

function feature(opening: Entry, fields: Entry[], fail: Fail): Omit<Feature, OfFile> {
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
