import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The build context: the checkout. */
export const context = fileURLToPath(new URL('../..', import.meta.url));

export interface Instruction {
  word: string;
  text: string;
  /** Name of the build stage that it belongs to. */
  stage: string;
}

/** The Dockerfile's instructions in order, continued lines joined, comments dropped. */
export function instructions(): Instruction[] {
  const text = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8');
  let stage = '';
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line)!;
      if (word === 'FROM') stage = / AS (\S+)$/.exec(rest)?.[1] ?? rest;
      return { word, text: rest, stage };
    });
}

/** The exec form of an instruction, such as `ENTRYPOINT ["node", "main.ts"]`, of the last stage. */
export function execForm(word: string): string[] {
  const found = instructions().findLast((each) => each.word === word && each.stage === 'runtime');
  return JSON.parse(found!.text.slice(found!.text.indexOf('['))) as string[];
}

/** Variables that the image sets. */
export function imageEnvironment(): Record<string, string> {
  const lines = instructions().filter(({ word, stage }) => word === 'ENV' && stage === 'runtime');
  return Object.fromEntries(
    lines.flatMap(({ text }) => [...text.matchAll(/(\w+)=(\S+)/g)].map((match) => match.slice(1, 3))),
  );
}

/** What each COPY from the context takes, file by file, relative to the context. */
export function copies(): { stage: string; source: string; files: string[] }[] {
  return instructions()
    .filter(({ word, text }) => word === 'COPY' && !text.startsWith('--from'))
    .flatMap(({ stage, text }) =>
      text
        .split(/\s+/)
        .slice(0, -1)
        .map((source) => ({ stage, source, files: filesOf(source).filter((file) => !isIgnored(file)) })),
    );
}

function filesOf(source: string): string[] {
  const path = join(context, source);
  if (!statSync(path).isDirectory()) return [source];
  return globSync('**/*', { cwd: path, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(context.length));
}

const rules = readFileSync(join(context, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** The last rule that matches a file or a directory above it decides. */
function isIgnored(file: string): boolean {
  const paths = [file];
  for (let above = dirname(file); above !== '.'; above = dirname(above)) paths.push(above);
  const rule = rules.findLast((each) => paths.some((path) => matchesGlob(path, each.replace(/^!/, ''))));
  return rule !== undefined && !rule.startsWith('!');
}

/** The files of the project that a file imports, relative to the context. */
export function importsOf(file: string): string[] {
  const text = readFileSync(join(context, file), 'utf8');
  const named = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([#.][^']+)'/g)].map(([, name]) => name);
  return named.map((name) => (name.startsWith('#') ? name.slice(1) : join(dirname(file), name)));
}
