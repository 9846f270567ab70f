import type { z } from 'zod';
import { configSchema, settingPaths, variableOf } from '#lib/config.ts';

/** docs/configuration.md, from the schema. `./tickforest generate` writes it. */
export function configurationPage(): string {
  const defaults = configSchema.parse({}) as Record<string, unknown>;
  const rows = settingPaths().map((path) => {
    const schema = schemaOf(path);
    const value = path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], defaults);
    const shown = value === undefined ? '' : `\`${Array.isArray(value) ? value.join(',') : String(value)}\``;
    return `| \`${path.join('.')}\` | \`${variableOf(path)}\` | ${shown} | ${schema.description ?? ''} |`;
  });
  return [
    '# Configuration',
    '',
    'Every setting has a default. You can change it in `tickforest.json` in the checkout (or in the file that `TICKFOREST_CONFIG`',
    'names), for example `{"questdb": {"host": "db.internal", "tls": true}}`, or with its environment variable. The environment',
    'variable wins. A name that is not in this table is an error. An empty variable counts as unset. Relative paths are relative to',
    'the checkout, except for the path of `recordings`, which is relative to the current directory.',
    '',
    '| setting | environment variable | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    'Each variable also exists as `NAME_FILE`, for secrets: its value is the path of a file that holds the setting.',
    '',
    'The launcher reads one more variable, `TICKFOREST_NODE`: the path of the Node program to use.',
    '',
  ].join('\n');
}

function schemaOf(path: string[]): z.ZodType {
  const [group, name] = path;
  const schema: z.ZodType = configSchema.shape[group as keyof typeof configSchema.shape];
  if (name === undefined) return schema;
  return (((schema as z.ZodPrefault).unwrap() as z.ZodObject).shape as Record<string, z.ZodType>)[name];
}

if (import.meta.main) process.stdout.write(configurationPage());
