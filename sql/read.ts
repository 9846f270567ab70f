import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cache = new Map<string, string>();

/** The text of `sql/<name>.sql`, for example `statement('candles/close_from_ticks')`. */
export function statement(name: string): string {
  let text = cache.get(name);
  if (text === undefined) {
    text = readFileSync(fileURLToPath(new URL(`./${name}.sql`, import.meta.url)), 'utf8');
    cache.set(name, text);
  }
  return text;
}
