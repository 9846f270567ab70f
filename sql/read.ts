import { readdirSync, readFileSync } from 'node:fs';

const cache = new Map<string, string>();

/** The text of `sql/<name>.sql`, for example `statement('candles/close_from_ticks')`. */
export function statement(name: string): string {
  let text = cache.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
    cache.set(name, text);
  }
  return text;
}

/** The names of the statements of a folder, in the order of their files. */
export function statementsIn(folder: string): string[] {
  return readdirSync(new URL(`./${folder}/`, import.meta.url))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => `${folder}/${file.slice(0, -'.sql'.length)}`);
}
