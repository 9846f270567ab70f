import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  container_name?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  entrypoint?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  pids_limit?: number;
  networks?: string[];
}

export interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

/** The directory of the compose file, which its relative paths start from. */
export const directory = fileURLToPath(new URL('..', import.meta.url));

export const composeText = readFileSync(new URL('../compose.yaml', import.meta.url), 'utf8');

/** A variable as the file uses it: the text of its default, or that it has to be set. */
export interface Use {
  name: string;
  fallback: string | undefined;
  required: boolean;
}

// `$$` is a dollar sign. Of the specification's forms only those that this file has are understood.
const reference = /\$\$|\$\{([A-Z_][A-Z0-9_]*)(?::([-?])([^}]*))?\}|\$/g;

/** Every variable that the file names. */
export function variables(text = composeText): Use[] {
  return [...text.matchAll(reference)]
    .filter(([, name]) => name !== undefined)
    .map(([, name, form, rest]) => ({ name, fallback: form === '-' ? rest : undefined, required: form === '?' }));
}

/**
 * The file with its variables replaced, the way Docker Compose does it: in values, after parsing.
 * @throws Error for a variable that is required and not set
 */
export function readCompose(env: Readonly<Record<string, string>>, text = composeText): Compose {
  return replaced(parse(text), env) as Compose;
}

function replaced(node: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof node === 'string') return interpolate(node, env);
  if (Array.isArray(node)) return node.map((item) => replaced(item, env));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaced(value, env)]));
}

function interpolate(value: string, env: Readonly<Record<string, string>>): string {
  return value.replace(reference, (match, name: string | undefined, form: string | undefined, rest: string) => {
    if (match === '$$') return '$';
    if (name === undefined) throw new Error(`a single dollar sign in: ${value}`);
    const set = env[name] || undefined;
    if (set === undefined && form === '?') throw new Error(`${name} is required: ${rest}`);
    if (set === undefined && form === undefined) throw new Error(`${name} has no default`);
    return set ?? rest;
  });
}

/** The lines `NAME=value` of an env file; of `#NAME=value` too where `commented` is true. */
export function readEnvFile(name: string, commented: boolean): Record<string, string> {
  const lines = readFileSync(new URL(`../${name}`, import.meta.url), 'utf8').split('\n');
  const pattern = commented ? /^#?([A-Z_][A-Z0-9_]*)=(.*)$/ : /^([A-Z_][A-Z0-9_]*)=(.*)$/;
  return Object.fromEntries(lines.flatMap((line) => (pattern.exec(line) ? [pattern.exec(line)!.slice(1, 3)] : [])));
}
